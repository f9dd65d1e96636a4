"""The last step of reading: every layer and every loose tensor gets its name."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from explain.core.network import Step
from explain.network.filling import renamed
from explain.network.steps import references
from models.loading.files.onnx.names import Names
from models.loading.files.onnx.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNetwork:
    """What a lifted network is assembled from."""

    modules: Mapping[str, nn.Module]
    tensors: Mapping[str, Tensor]
    steps: tuple[Step, ...]
    originals: Mapping[str, str]


def with_final_names(sketch: Sketch, names: Names) -> NamedNetwork:
    """Return the layers, tensors and steps of a sketch under their final names."""
    layers = _layer_names(sketch, names)
    used = {str(step.arguments[0]) for step in sketch.steps if step.operation == "parameter"}
    tensors = {key: names.tensor(sketch.tensors[key].name) for key in sketch.tensors if key in used}
    return NamedNetwork(
        modules={name: sketch.layers[key].module for key, name in layers.items()},
        tensors={name: sketch.tensors[key].tensor.contiguous() for key, name in tensors.items()},
        steps=tuple(_handed(step, tensors) for step in renamed(sketch.steps, layers)),
        originals=names.originals,
    )


def _layer_names(sketch: Sketch, names: Names) -> dict[str, str]:
    """Return key -> name; a layer without weights is called after the last layer before it."""
    found: dict[str, str] = {}
    order: dict[str, int] = {}
    before: dict[str, str] = {}
    for step in sketch.steps:
        sources = [before[ref.name] for ref in references(step)]
        last = max(sources, key=lambda name: order.get(name, -1), default="")
        before[step.name] = last
        if step.operation == "module":
            layer = sketch.layers[step.name]
            name = names.layer(layer.node, layer.module, layer.weights, last or "input")
            order[name] = len(found)
            found[step.name] = before[step.name] = name
    return found


def _handed(step: Step, tensors: Mapping[str, str]) -> Step:
    """Return the step, one that hands out a tensor under that tensor's final name."""
    if step.operation != "parameter":
        return step
    return dataclasses.replace(step, arguments=(tensors[str(step.arguments[0])],))
