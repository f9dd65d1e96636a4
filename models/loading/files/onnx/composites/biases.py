"""A summand that is one number per unit becomes the bias of the layer before it."""

import copy

import torch
from torch import Tensor, nn

from explain.core.network import Step
from explain.network.kinds import CONVOLUTIONS
from models.loading.files.onnx.composites.pattern import Composite
from models.loading.files.onnx.sketch import Sketch
from models.loading.files.onnx.values import Constant


def bias(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise layer(x) + b, b added on either side."""
    for value, summand in (step.arguments[:2], step.arguments[1::-1]):
        layer = sketch.layer(value, nn.Linear, *CONVOLUTIONS)
        if layer is None or not sketch.is_used_once(value):
            continue
        before = sketch.layers[layer.name]
        given = _constant(sketch, summand)
        if given is None or getattr(before.module, "bias", None) is not None:
            continue
        shift = _per_unit(before.module, given.tensor, len(sketch.shape(value)))
        if shift is not None:
            module = copy.copy(before.module)
            module._parameters = {**module._parameters, "bias": nn.Parameter(shift)}  # noqa: SLF001 - a copy that shares its weight
            return Composite(
                module=module, inputs=layer.arguments, weights=(*before.weights, given.name)
            )
    return None


def _constant(sketch: Sketch, argument: object) -> Constant | None:
    if isinstance(argument, (int, float)):
        return Constant(torch.tensor([float(argument)]))
    return sketch.tensor(argument)


def _per_unit(module: nn.Module, summand: Tensor, rank: int) -> Tensor | None:
    """Return one number per unit, if the summand is that."""
    units = module.out_features if isinstance(module, nn.Linear) else module.out_channels
    axis = rank - 1 if isinstance(module, nn.Linear) else 1
    shape = (1,) * (rank - summand.dim()) + tuple(summand.shape)
    wanted = tuple(units if place == axis else 1 for place in range(rank))
    if shape != wanted or not summand.is_floating_point():
        return None
    return summand.reshape(-1).clone()
