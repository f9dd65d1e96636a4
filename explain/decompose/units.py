"""Units: what the nodes of a network are, and which weight joins which two of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import nn

from explain.core.errors import Refused
from explain.core.network import LayerInfo, Network
from explain.decompose.heads import Link, attention_links
from explain.network import UNIT_LAYERS, InputMap, output_layers, producers, prunable_layers


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The units of one layer, or the elements of one input; `first` is its first node."""

    key: str
    role: Literal["input", "hidden", "output"]
    first: int
    units: int

    @property
    def nodes(self) -> slice:
        """Return where the group stands among all nodes."""
        return slice(self.first, self.first + self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSkeleton:
    """A network without its weights: groups of nodes and the links between them.

    `positions`: layer -> at how many places of one sample each of its input features is read.
    """

    groups: tuple[Group, ...]
    links: tuple[Link, ...]
    positions: Mapping[str, int]

    @property
    def nodes(self) -> int:
        """Return the number of nodes."""
        return sum(group.units for group in self.groups)

    @property
    def layers(self) -> tuple[str, ...]:
        """Return the layers whose units are nodes, in execution order."""
        return tuple(group.key for group in self.groups if group.role != "input")

    def with_role(self, role: str) -> tuple[Group, ...]:
        """Return the groups of that role."""
        return tuple(group for group in self.groups if group.role == role)


def trace_units(network: Network) -> UnitSkeleton:
    """Return the nodes of a network and the links between them.

    Units are the rows of linear and convolutional layers. What has no units of that kind (inputs,
    embeddings, recurrent and transposed layers) is an input of what follows: it has nodes, but is
    in no module. Residual sums link a layer to all their summands. Cost: no pass.

    Raises:
        Refused: there is no hidden unit to put into a module.
    """
    maps = producers(network)
    layers = tuple(
        name
        for name in dict.fromkeys(prunable_layers(network))
        if isinstance(network.get_submodule(name), UNIT_LAYERS)
    )
    links = [link for name in layers for link in _links(name, maps[name])]
    links += [link for name in layers for link in attention_links(network, name)]
    sizes = _read(links) | {name: len(network.get_parameter(f"{name}.weight")) for name in layers}
    groups = _groups(sizes, layers, output_layers(network))
    if not any(group.role == "hidden" for group in groups):
        raise Refused("decompose.no_units")
    infos = {info.name: info for info in network.layers}
    positions = {name: _positions(network, name, infos[name]) for name in layers}
    return UnitSkeleton(groups=groups, links=tuple(links), positions=positions)


def _read(links: list[Link]) -> dict[str, int]:
    """Return how many units of each source are read at least."""
    sizes: dict[str, int] = {}
    for link in links:
        sizes[link.source] = max(sizes.get(link.source, 0), 1 + int(link.units.max()))
    return sizes


def _groups(
    sizes: Mapping[str, int], layers: tuple[str, ...], last: frozenset[str]
) -> tuple[Group, ...]:
    found, first = [], 0
    for key in (*(name for name in sizes if name not in layers), *layers):
        role: Literal["input", "hidden", "output"] = "hidden" if key in layers else "input"
        role = "output" if key in last and key in layers else role
        found.append(Group(key=key, role=role, first=first, units=sizes[key]))
        first += sizes[key]
    return tuple(found)


def _links(layer: str, inputs: InputMap) -> list[Link]:
    """Return one link for each summand and producer whose units stayed apart on the way."""
    found = []
    for term in inputs.terms:
        for place, source in enumerate(inputs.producers):
            features = np.flatnonzero((term.producer == place) & (term.unit >= 0))
            if len(features):
                units = term.unit[features].astype(np.int64)
                found.append(Link(source=source, target=layer, features=features, units=units))
    return found


def _positions(network: Network, layer: str, info: LayerInfo) -> int:
    linear = isinstance(network.get_submodule(layer), nn.Linear)
    return math.prod(info.input_shape[:-1] if linear else info.input_shape[1:])
