"""Where the units of modules speak, and so where they can be hidden."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from explain.core.errors import InvalidOption, InvalidSubject, Refused
from explain.decompose.contributions.coalitions import MOST
from explain.decompose.contributions.remembered import Memo
from explain.network import UNIT_LAYERS, Lifted, activation_after, output_layers, prunable_layers

Labels = Mapping[str, NDArray[np.int64]]
"""Layer -> the module that each of its units belongs to [units], from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HidingSite:
    """A step whose value is what a layer's units say.

    `axis` of the units, counted from the end of the value; `owners` [units] their modules.
    """

    layer: str
    step: str
    axis: int
    owners: NDArray[np.int64]

    def facing(self, units: torch.Tensor) -> torch.Tensor:
        """Return [..., units] laid along the value's axis of units."""
        return units.reshape(*units.shape, *[1] * (-1 - self.axis))


def module_count(labels: Labels) -> int:
    """Return the number of modules K.

    Raises:
        InvalidSubject: no modules, or a unit without one.
        InvalidOption: more than 62 modules.
    """
    if not labels or any(len(owners) == 0 or owners.min() < 0 for owners in labels.values()):
        raise InvalidSubject("decompose.labels")
    count = 1 + max(int(owners.max()) for owners in labels.values())
    if count > MOST:
        raise InvalidOption("decompose.too_many_modules", count=count, most=MOST)
    return count


def hiding_sites(network: Lifted, labels: Labels) -> tuple[HidingSite, ...]:
    """Return where the units can be hidden: after the layer's activation function.

    Layers that give the answer are left out: to hide an output is to hide the question.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: a layer with another number of units than labels.
        Refused: a layer whose units cannot be told apart (recurrent, transposed convolutions).
    """
    asked = tuple((layer, len(owners), owners.tobytes()) for layer, owners in labels.items())
    return _KNOWN.get(network, asked, lambda: _found(network, labels))


_KNOWN: Memo[tuple[HidingSite, ...]] = Memo()


def _found(network: Lifted, labels: Labels) -> tuple[HidingSite, ...]:
    answering = output_layers(network)
    after = activation_after(network)
    shapes = {info.name: info.output_shape for info in network.layers}
    found = []
    for layer, owners in labels.items():
        _check(network, layer, owners)
        if layer in answering:
            continue
        steps = [s.name for s in network.steps if s.module == after[layer]]
        axis = _axis(network.get_submodule(layer), len(shapes[after[layer]]))
        found += [
            HidingSite(layer=layer, step=s, axis=axis, owners=np.asarray(owners)) for s in steps
        ]
    place = {step.name: at for at, step in enumerate(network.steps)}
    return tuple(sorted(found, key=lambda site: place[site.step]))


def hideable_units(places: tuple[HidingSite, ...], players: int) -> NDArray[np.int64]:
    """Return how many units of each module can be hidden [K]."""
    layers = {site.layer: site.owners for site in places}
    return sum(
        (np.bincount(owners, minlength=players) for owners in layers.values()),
        start=np.zeros(players, np.int64),
    )


def _check(network: Lifted, layer: str, owners: NDArray[np.int64]) -> None:
    module = network.get_submodule(layer)
    if not isinstance(module, UNIT_LAYERS) or layer not in prunable_layers(network):
        raise Refused("decompose.not_hideable", layer=layer)
    units, labels = len(module.weight), len(owners)
    if labels != units:
        raise InvalidSubject("decompose.count_of_labels", layer=layer, units=units, labels=labels)


def _axis(module: nn.Module, dimensions: int) -> int:
    return -1 if isinstance(module, nn.Linear) else -dimensions
