"""Weights as matrices: output rows by what comes in, for grains that divide them."""

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explain.core.scores import Part, Site
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS, layer_of

MATRICES = (*UNIT_LAYERS, nn.RNNBase, nn.RNNCellBase)


def matrix_weights(
    subject: Subject, kinds: tuple[type[nn.Module], ...] = MATRICES
) -> dict[str, tuple[int, ...]]:
    """Return the shapes [outputs, inputs, ...] of prunable weights whose rows put something out.

    Transposed convolutions have their inputs first and are left out; so are empty weights.
    """
    network = subject.network
    return {
        name: tuple(network.get_parameter(name).shape)
        for name in network.prunable
        if isinstance(module_of_weight(subject, name), kinds)
        and network.get_parameter(name).numel()
    }


def module_of_weight(subject: Subject, weight: str) -> nn.Module:
    """Return the layer that a weight belongs to."""
    return subject.network.get_submodule(layer_of(weight))


def divided(name: str, shape: tuple[int, ...], owner: NDArray[np.int64], *, rows: int = 1) -> Site:
    """Return a weight divided among entries.

    `owner` broadcasts to the shape: the number of the entry of each weight, -1 for none. `rows`:
    the output rows that entries lie in, where each lies in one.
    """
    part = Part(name=name, shape=shape, owner=owner)
    entries = int(owner.max(initial=-1)) + 1
    return Site(name=name, layer=layer_of(name), parts=(part,), entries=entries, rows=rows)
