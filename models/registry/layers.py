"""Layers in the shapes of a file: chains, activations, token ids, pictures.

A trace of a long sequence unrolls it, one of a large picture computes it several times; where no
step depends on the size, a small example gives the same steps in a fraction of the time.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.methods import Parameter
from explain.core.network import Step
from explain.network import Lifted, layer_of, reassembled
from models.registry.record import Scale, Settings, Shapes, choice

_STEPS = 10_000
_LAYERS = 64
_DIGITS = re.compile(r"(\d+)")

_ACTIVATIONS: MappingProxyType[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu": nn.ReLU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
        "gelu": nn.GELU,
        "leaky-relu": nn.LeakyReLU,
        "elu": nn.ELU,
        "silu": nn.SiLU,
        "gelu-tanh": partial(nn.GELU, approximate="tanh"),
    }
)
ACTIVATION = choice(
    "activation",
    "Activation",
    "What stands between two layers; weights do not say.",
    tuple(_ACTIVATIONS),
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


def activation(key: object) -> nn.Module:
    """Return a new activation of that key."""
    return _ACTIVATIONS[str(key)]()


LENGTH = Parameter(
    key="length",
    title="Length",
    line="Tokens of a text, or steps of a series; shorter ones are filled up.",
    default=64,
    low=2,
    high=512,
)


def ids(words: int, length: int) -> Tensor:
    """Return two rows of token ids; the second ends with two of id 0."""
    rows = torch.arange(2 * length).reshape(2, length) % words
    rows[1, -2:] = 0
    return rows


def embedding_of(shapes: Shapes, width: int, taken: set[str]) -> str | None:
    """Return the 2-D tensor [words, width] that is most likely the embedding of the tokens."""
    fitting = [
        name
        for name, shape in of_rank(shapes, 2).items()
        if shape[1] == width and name not in taken
    ]
    named = [name for name in fitting if "emb" in name.lower() and "pos" not in name.lower()]
    return max(named or fitting, key=lambda name: shapes[name][0], default=None)


def head_of(shapes: Shapes, width: int, taken: set[str]) -> str | None:
    """Return the 2-D tensor [classes, width] with a bias beside it, which answers."""
    for name, shape in of_rank(shapes, 2).items():
        bias = name.removesuffix("weight") + "bias"
        if shape[1] == width and name not in taken and shapes.get(bias) == (shape[0],):
            return name
    return None


def stretched(network: Lifted, shape: Sequence[int], *, free: bool = False) -> Lifted:
    """Return the network for inputs of `shape` (one sample), shapes and costs counted anew.

    `free`: the first size may then be anything, as the length of a sequence.

    Raises:
        InvalidSubject: it does not run on such inputs.
    """
    steps = [_resized(step, tuple(shape), free=free) for step in network.steps]
    return reassembled(network, steps)


def _resized(step: Step, shape: tuple[int, ...], *, free: bool) -> Step:
    if step.operation != "input":
        return step
    keywords: dict[str, Any] = dict(step.keywords)
    sizes = [(size, size) for size in shape]
    keywords["sizes"] = (keywords["sizes"][0], *([(1, None)] if free else sizes[:1]), *sizes[1:])
    return dataclasses.replace(step, keywords=tuple(keywords.items()), shape=shape)


EPSILONS = ("1e-06", "1e-12", "1e-05", "1e-07")
"""Of a LayerNorm, the most usual first."""

_TRACED = 64

SIZE = Parameter(
    key="size",
    title="Picture size",
    line="Height and width of the pictures, in pixels.",
    default=224,
    low=16,
    high=640,
)


IMAGENET: Scale = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def of_imagenet(settings: Settings) -> Scale | None:
    """Return the scale of networks that were trained on ImageNet, where pictures have colours."""
    return IMAGENET if settings["channels"] == len(IMAGENET[0]) else None


def two_pictures(settings: Settings) -> Tensor:
    """Return two small square pictures with the channels of the settings."""
    return square_pictures(settings["channels"], min(_TRACED, settings["size"]))


def square_pictures(channels: int, side: int) -> Tensor:
    """Return two square pictures."""
    return torch.linspace(-1, 1, 2 * channels * side * side).reshape(2, channels, side, side)


def at_size(network: Lifted, settings: Settings) -> Lifted:
    """Return the network, lifted on small pictures, for those of the settings' size."""
    return stretched(network, (settings["channels"], settings["size"], settings["size"]))
