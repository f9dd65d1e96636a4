"""Fully connected layers with one activation between them."""

from itertools import pairwise
from math import prod
from types import MappingProxyType

import torch
from torch import Tensor, nn

from models.registry.layers import ACTIVATION, activation, biased, chained, of_rank
from models.registry.record import Architecture, Settings, ShapeMatch, Shapes


class Mlp(nn.Module):
    """Inputs, flattened; layers with an activation between them."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        sizes = (settings["in"], *settings["hidden"], settings["out"])
        for place, (before, after) in enumerate(pairwise(sizes), start=1):
            self.add_module(f"layer{place}", nn.Linear(before, after, bias=settings["bias"]))
            if place < len(sizes) - 1:
                self.add_module(f"activation{place}", activation(settings["activation"]))

    def forward(self, rows: Tensor) -> Tensor:
        """Return one score per class."""
        values = rows.flatten(1)
        for layer in self.children():
            values = layer(values)
        return values


def _recognise(shapes: Shapes) -> ShapeMatch | None:
    weights = of_rank(shapes, 2)
    order = chained(weights)
    biases = biased(order, shapes) if order else None
    if not order or biases is None or len(weights) + len(biases) != len(shapes):
        return None
    names = {f"layer{place}.weight": name for place, name in enumerate(order, start=1)}
    names |= {
        f"layer{place}.bias": biases[name] for place, name in enumerate(order, start=1) if biases
    }
    outputs = [weights[name][0] for name in order]
    settings = {
        "in": weights[order[0]][1],
        "hidden": outputs[:-1],
        "out": outputs[-1],
        "bias": bool(biases),
    }
    return ShapeMatch(settings=MappingProxyType(settings), names=MappingProxyType(names))


def _example(settings: Settings) -> Tensor:
    features, shape = settings["in"], settings.get("shape", ())
    sizes = tuple(shape) if shape and prod(shape) == features else (features,)
    return torch.linspace(-1, 1, 2 * features).reshape(2, *sizes)


MLP = Architecture(
    key="mlp",
    title="MLP",
    line="Fully connected layers, one activation between them, none at the end.",
    needs="a chain of 2-D weights [out, in], each taking what the one before gives out, with one "
    "bias for each of them or none at all",
    source="Rumelhart, Hinton & Williams 1986",
    recognise=_recognise,
    make=Mlp,
    example=_example,
    parameters=(ACTIVATION,),
)
