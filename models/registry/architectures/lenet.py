"""Two convolutions with pooling, then fully connected layers: LeCun et al. 1998 and relatives."""

from itertools import pairwise
from math import isqrt
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from models.registry.layers import ACTIVATION, activation, biased, chained, of_rank
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes, choice

_PADDINGS = ("none", "first", "both")
_USUAL = (28, 32)


class LeNet(nn.Sequential):
    """Two times convolution, activation and pooling; then layers with activations between them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        channels, kernels = settings["channels"], settings["kernels"]
        pool = nn.MaxPool2d if settings["pooling"] == "max" else nn.AvgPool2d
        for place, (before, after) in enumerate(pairwise(channels), start=1):
            padding = _padding(settings["padding"], kernels[place - 1], place)
            convolution = nn.Conv2d(before, after, kernels[place - 1], padding=padding)
            self.add_module(f"conv{place}", convolution)
            self.add_module(f"activation{place}", activation(settings["activation"]))
            self.add_module(f"pool{place}", pool(2))
        self.flat = nn.Flatten()
        layers = settings["layers"]
        for place, (before, after) in enumerate(pairwise(layers), start=1):
            self.add_module(f"fc{place}", nn.Linear(before, after))
            if place < len(layers) - 1:
                self.add_module(f"activation{place + 2}", activation(settings["activation"]))


def _padding(kind: str, kernel: int, place: int) -> int:
    return (kernel - 1) // 2 if kind == "both" or (kind == "first" and place == 1) else 0


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    convolutions = chained(of_rank(shapes, 4)) or []
    layers = chained(of_rank(shapes, 2)) or []
    biases = biased([*convolutions, *layers], shapes)
    if len(convolutions) != 2 or len(layers) < 1 or not biases:
        return None
    if len(convolutions) + len(layers) + len(biases) != len(shapes):
        return None
    side = _side(shapes[convolutions[1]], shapes[layers[0]])
    kernels = [shapes[name][2:] for name in convolutions]
    if not side or any(kernel[0] != kernel[1] or kernel[0] > 11 for kernel in kernels):
        return None
    settings = {
        "channels": [shapes[convolutions[0]][1], *(shapes[name][0] for name in convolutions)],
        "kernels": [kernel[0] for kernel in kernels],
        "layers": [shapes[layers[0]][1], *(shapes[name][0] for name in layers)],
        "side": side,
    }
    proposal = {"padding": _likely(settings)}
    names = {f"conv{place}": name for place, name in enumerate(convolutions, start=1)}
    names |= {f"fc{place}": name for place, name in enumerate(layers, start=1)}
    ours = {f"{own}.weight": name for own, name in names.items()}
    ours |= {f"{own}.bias": biases[name] for own, name in names.items()}
    return ShapeMatch(settings=MappingProxyType(settings | proposal), names=MappingProxyType(ours))


def _side(last: tuple[int, ...], first: tuple[int, ...]) -> int:
    """Return the height of the maps that are flattened, 0 when they cannot be square."""
    places = first[1] // last[0]
    side = isqrt(places)
    return side if last[0] * side * side == first[1] and side <= 128 else 0


def _likely(settings: dict[str, Any]) -> str:
    """Return the padding for which the picture has a usual size: 28 if grey, else 32; or none."""
    sizes = {_size({**settings, "padding": kind}): kind for kind in reversed(_PADDINGS)}
    usual = _USUAL if settings["channels"][0] == 1 else reversed(_USUAL)
    return next((sizes[size] for size in usual if size in sizes), _PADDINGS[0])


def _size(settings: Settings) -> int:
    """Return the height of the picture that leads to the side that is flattened."""
    size: int = settings["side"]
    for place in (2, 1):
        kernel = settings["kernels"][place - 1]
        size = 2 * size + kernel - 1 - 2 * _padding(settings["padding"], kernel, place)
    return size


def _example(settings: Settings) -> Tensor:
    size = _size(settings)
    shape = (2, settings["channels"][0], size, size)
    return torch.linspace(-1, 1, 2 * shape[1] * size * size).reshape(shape)


LENET = Architecture(
    key="lenet",
    title="LeNet",
    line="Two convolutions with pooling, then fully connected layers.",
    needs="two 4-D weights and a chain of 2-D weights, all with biases, the first of which takes "
    "the flattened square maps of the second convolution",
    source="LeCun, Bottou, Bengio & Haffner 1998",
    recognise=_recognise,
    make=LeNet,
    example=_example,
    parameters=(
        ACTIVATION,
        choice("pooling", "Pooling", "What each 2x2 patch becomes.", ("max", "average")),
        choice("padding", "Padding", "Which convolutions keep the size of maps.", _PADDINGS),
    ),
)
