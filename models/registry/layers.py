"""Chains of layers in the shapes of a file, whatever their names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from explain.network import layer_of
from models.registry.record import Shapes, choice

_STEPS = 10_000
_LAYERS = 64
_DIGITS = re.compile(r"(\d+)")

ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "leaky-relu", "elu", "silu")
ACTIVATION = choice(
    "activation", "Activation", "What stands between two layers; weights do not say.", ACTIVATIONS
)


def natural(names: Iterable[str]) -> list[str]:
    """Return names in the order people count: "layer2" before "layer10"."""
    return sorted(names, key=lambda name: [_part(part) for part in _DIGITS.split(name)])


def of_rank(shapes: Shapes, rank: int) -> dict[str, tuple[int, ...]]:
    """Return the tensors with that many dimensions, in natural order."""
    return {name: shapes[name] for name in natural(shapes) if len(shapes[name]) == rank}


def chained(weights: Mapping[str, tuple[int, ...]]) -> list[str] | None:
    """Return names so that each weight [out, in, ...] takes what the one before gives out.

    The order given is kept where it is such a chain; None when there is none, or when 10,000 tries
    found none; beyond 64 weights only their own order is tried.
    """
    names = list(weights)
    if all(weights[after][1] == weights[before][0] for before, after in pairwise(names)):
        return names
    return _searched(weights) if len(names) <= _LAYERS else None


def biased(weights: Sequence[str], shapes: Shapes) -> dict[str, str] | None:
    """Return weight -> its bias, empty when there are no biases at all, None when some lack one."""
    biases = of_rank(shapes, 1)
    owners = {layer_of(bias): bias for bias in biases}
    beside = {weight: owners.get(layer_of(weight), "") for weight in weights}
    found = {
        weight: bias for weight, bias in beside.items() if biases.get(bias) == shapes[weight][:1]
    }
    if len(set(found.values())) == len(weights) == len(biases):
        return found
    if len(biases) == len(weights) and all(
        size == (shapes[weight][0],) for weight, size in zip(weights, biases.values(), strict=True)
    ):
        return dict(zip(weights, biases, strict=True))
    return None if biases else {}


def _searched(weights: Mapping[str, tuple[int, ...]]) -> list[str] | None:
    paths = [[name] for name in reversed(list(weights))]
    for _ in range(_STEPS):
        if not paths:
            return None
        path = paths.pop()
        if len(path) == len(weights):
            return path
        paths.extend(
            [*path, name]
            for name in reversed(list(weights))
            if name not in path and weights[name][1] == weights[path[-1]][0]
        )
    return None


def _part(part: str) -> tuple[int, int, str]:
    return (0, int(part), "") if part.isdecimal() and len(part) < 10 else (1, 0, part)
