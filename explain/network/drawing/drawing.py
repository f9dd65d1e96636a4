"""What to draw of a network: which layers, how many nodes for each, and which weights join them.

Level of detail: a network with many layers or weights is drawn layer by layer, one node each; a
smaller one, or a single layer that is opened, unit by unit; wide layers as groups of units.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explain.core.errors import UnknownKey
from explain.core.network import Network, ViewLayer
from explain.core.subject import InputSpec, Task
from explain.network.drawing.channels import InputMap, producers
from explain.network.graph import (
    UNIT_LAYERS,
    columns,
    layer_of,
    output_layers,
    prunable_layers,
    weights_in,
)
from explain.network.inputs import printable

MOST_COLUMNS = 12
MOST_WEIGHTS = 400_000
MOST_UNITS = 96
MOST_INPUTS = 1_024
GROUPS = 32

Indices = NDArray[np.int64]
_FIRST_INPUT = "input:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """One weight tensor as connections between nodes.

    `source` [rows, columns]: the node behind each cell of the weight, -1 where nothing feeds it.
    `target` [rows]: the node that each output row belongs to. A cell of a convolution is a kernel.
    """

    weight: str
    source: Indices
    target: Indices


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Nodes of layers, and the wires between them."""

    layers: tuple[ViewLayer, ...]
    wires: tuple[Wire, ...]


def drawing_of(
    network: Network, spec: InputSpec, task: Task, *, layer: str | None = None
) -> Drawing:
    """Return what to draw of a network, or of one layer and what feeds it.

    A unit whose way to a later layer cannot be traced (attention, recurrence) makes its layer one
    node. Cost: no pass through the network.

    Raises:
        UnknownKey: there is no prunable layer of that name.
    """
    known = tuple(dict.fromkeys(prunable_layers(network)))
    if layer is not None and layer not in known:
        raise UnknownKey.among("prunable layer", layer, known)
    maps = producers(network)
    chosen = known if layer is None else (layer,)
    shown = _shown(known, chosen, maps)
    whole = layer is None and not _fits(network, shown)
    blocks = frozenset(shown) if whole else _untraced(network, chosen, maps)
    layers = _layers(network, spec, task, shown, blocks, maps)
    by_key = {found.key: found for found in layers}
    weights = weights_in(network)
    wires = [w for n in chosen for w in _wires(network, n, weights[n], maps[n], by_key)]
    return Drawing(layers=layers, wires=tuple(wires))


def _shown(
    known: tuple[str, ...], chosen: tuple[str, ...], maps: Mapping[str, InputMap]
) -> tuple[str, ...]:
    feeding = [name for target in chosen for name in maps[target].producers]
    inputs = [name for name in dict.fromkeys(feeding) if name not in known]
    return (*inputs, *(name for name in known if name in chosen or name in feeding))


def _fits(network: Network, shown: tuple[str, ...]) -> bool:
    depth = columns(network)
    weights = sum(
        network.get_parameter(name).numel() for name in network.prunable if layer_of(name) in shown
    )
    drawn = {depth[name] for name in shown if name in depth}
    return len(drawn) <= MOST_COLUMNS and weights <= MOST_WEIGHTS


def _untraced(
    network: Network, chosen: tuple[str, ...], maps: Mapping[str, InputMap]
) -> frozenset[str]:
    """Return the layers to draw as one node: no rows of units, their sources, or units lost."""
    odd = {n for n in chosen if not isinstance(network.get_submodule(n), UNIT_LAYERS)}
    odd |= {source for name in odd for source in maps[name].producers}
    for name in chosen:
        found = maps[name]
        for term in found.terms:
            lost = set(term.producer[(term.unit < 0) & (term.producer >= 0)].tolist())
            odd |= {found.producers[place] for place in lost}
    return frozenset(odd)


def _layers(
    network: Network,
    spec: InputSpec,
    task: Task,
    shown: tuple[str, ...],
    blocks: frozenset[str],
    maps: Mapping[str, InputMap],
) -> tuple[ViewLayer, ...]:
    depth = columns(network)
    places = sorted({depth.get(name, -1) for name in shown})
    infos = {info.name: info for info in network.layers}
    found: list[ViewLayer] = []
    first = 0
    for name in shown:
        inside = name in depth
        units = _units_of(network, name) if inside else _inputs(network, name, maps)
        drawn = 1 if name in blocks else _drawn(units, inside=inside)
        found.append(
            ViewLayer(
                key=name,
                title=infos[name].display if inside else _input_title(network, spec, name),
                kind=infos[name].kind if inside else "input",
                column=places.index(depth.get(name, -1)),
                first=first,
                drawn=drawn,
                units=units,
                grid=_grid(spec, drawn) if name == _FIRST_INPUT else None,
                names=_names(network, spec, task, name, drawn),
                members=tuple(units * node // drawn for node in range(drawn)),
            )
        )
        first += drawn
    return tuple(found)


def _units_of(network: Network, layer: str) -> int:
    module = network.get_submodule(layer)
    if isinstance(module, UNIT_LAYERS):
        return len(module.weight)
    hidden = getattr(module, "hidden_size", None)
    return int(hidden) if hidden is not None else 1


def _inputs(network: Network, name: str, maps: Mapping[str, InputMap]) -> int:
    """Return how many nodes an input has in the reading that its consumers trace.

    What has units but no prunable weights (an embedding) stands here too, with its features.
    """
    step = next(step for step in network.steps if step.name == name)
    shape = (step.shape or (1,)) if step.operation == "input" else (step.shape or (1,))[-1:]
    found = next(found for found in maps.values() if name in found.producers)
    axis = found.axes[found.producers.index(name)]
    return max(1, math.prod(shape) if axis is None else shape[axis])


def _drawn(units: int, *, inside: bool) -> int:
    most = MOST_UNITS if inside else MOST_INPUTS
    return units if units <= most else GROUPS


def _grid(spec: InputSpec, drawn: int) -> tuple[int, int] | None:
    height, width = spec.shape[-2:] if len(spec.shape) >= 2 else (0, 0)
    return (height, width) if spec.kind == "image" and drawn == height * width > 1 else None


def _input_title(network: Network, spec: InputSpec, name: str) -> str:
    if name.startswith("input:") and name != _FIRST_INPUT:
        steps = [step.name for step in network.steps if step.operation == "input"]
        called = dict(zip(steps, spec.inputs, strict=False))
        return printable(called.get(name, "inputs"))
    size = "×".join(str(side) for side in spec.shape[-2:])
    titles = {"image": f"pixels {size}", "table": "features", "text": "tokens"}
    return titles.get(spec.kind, "inputs")


def _names(
    network: Network, spec: InputSpec, task: Task, name: str, drawn: int
) -> tuple[str, ...] | None:
    inside = name in columns(network)
    if inside and name in output_layers(network) and len(task.classes) == drawn > 1:
        return task.classes
    if name == _FIRST_INPUT and spec.kind == "table" and len(spec.names) == drawn:
        return spec.names
    return None


def _wires(
    network: Network,
    layer: str,
    weights: tuple[str, ...],
    inputs: InputMap,
    layers: Mapping[str, ViewLayer],
) -> list[Wire]:
    module = network.get_submodule(layer)
    own = layers[layer]
    if not isinstance(module, UNIT_LAYERS):
        return [_block(network, name, inputs, layers, own) for name in weights]
    nodes = [_term_nodes(term.producer, term.unit, inputs, layers) for term in inputs.terms]
    target = _node_of(own, np.arange(len(module.weight)))
    cells = _features(module)
    return [
        Wire(weight=name, source=found[cells], target=target) for name in weights for found in nodes
    ]


def _features(module: nn.Module) -> Indices:
    """Return the input feature behind each (row, column) of a weight; groups see their own part."""
    rows, width = module.weight.shape[:2]  # type: ignore[index]
    groups = int(getattr(module, "groups", 1))
    group = np.arange(rows) // max(1, rows // groups)
    features: Indices = group[:, None] * width + np.arange(width)[None, :]
    return features


def _term_nodes(
    producer: NDArray[np.int32],
    unit: NDArray[np.int32],
    inputs: InputMap,
    layers: Mapping[str, ViewLayer],
) -> Indices:
    nodes = np.full(len(producer), -1, np.int64)
    for place, name in enumerate(inputs.producers):
        here = producer == place
        nodes[here] = _node_of(layers[name], unit[here])
    return nodes


def _node_of(layer: ViewLayer, units: NDArray[np.integer]) -> Indices:
    """Return the node that stands for each unit; -1, the whole layer, stands at its first node."""
    inside = np.searchsorted(np.array(layer.members), np.maximum(units, 0), "right") - 1
    nodes: Indices = layer.first + inside.astype(np.int64)
    return nodes


def _block(
    network: Network,
    weight: str,
    inputs: InputMap,
    layers: Mapping[str, ViewLayer],
    own: ViewLayer,
) -> Wire:
    """Return all weights of a recurrent or transposed layer as one bundle from its first source."""
    source = layers[inputs.producers[0]].first if inputs.producers else own.first
    rows = len(network.get_parameter(weight))
    width = network.get_parameter(weight).numel() // max(1, rows)
    return Wire(
        weight=weight,
        source=np.full((rows, width), source),
        target=np.full(rows, own.first),
    )
