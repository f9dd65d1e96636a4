"""Norms and biases that exporters write out, and the scales and shifts that belong to them."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network.graph import CONVOLUTIONS
from models.loading.files.onnx.sketch import Composite, Sketch, is_constant
from models.loading.files.onnx.values import Constant


def layer_norm(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise (x - mean x) / √(variance + ε) over the last dimension."""
    if step.operation == "div":
        distance, root = step.arguments[:2]
    else:
        distance, root = _with_reciprocal(sketch, step)
    difference = sketch.step(distance, "sub")
    spread = _under_root(sketch, root)
    if difference is None or spread is None:
        return None
    value, mean = difference.arguments[:2]
    if not _is_mean(sketch, mean, value) or not _is_mean_square(sketch, spread[0], distance):
        return None
    module = nn.LayerNorm(
        sketch.shape(value)[-1], eps=spread[1], elementwise_affine=False, device="meta"
    )
    return Composite(module=module, inputs=(value,))


def scaled_by_root(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise x / √(mean x² + ε) over the last dimension."""
    value, root = step.arguments[:2] if step.operation == "div" else _with_reciprocal(sketch, step)
    spread = _under_root(sketch, root)
    if spread is None or not _is_mean_square(sketch, spread[0], value):
        return None
    size = sketch.shape(value)[-1]
    module = nn.RMSNorm(size, eps=spread[1], elementwise_affine=False, device="meta")
    return Composite(module=module, inputs=(value,))


def group_norm(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise a group norm: reshaped to groups, each normalised, reshaped back."""
    inner = sketch.layer(step.arguments[0], nn.InstanceNorm1d)
    before = None if inner is None else sketch.step(inner.arguments[0], "reshape")
    if (
        inner is None
        or before is None
        or not sketch.same_shape(Ref(step.name), before.arguments[0])
    ):
        return None
    norm = sketch.layers[inner.name].module
    shape = sketch.shape(before.arguments[0])
    if not isinstance(norm, nn.InstanceNorm1d) or shape[1] % norm.num_features:
        return None
    if not is_constant(norm.weight, 1.0) or not is_constant(norm.bias, 0.0):
        return None
    module = nn.GroupNorm(norm.num_features, shape[1], eps=norm.eps, affine=False, device="meta")
    return Composite(module=module, inputs=before.arguments[:1])


def scale(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise a norm times one number per feature."""
    for layer, given, numbers in _norms_and_constants(sketch, step):
        module = sketch.layers[layer.name].module
        if getattr(module, "weight", None) is None:
            fresh = _affine(module, numbers, torch.zeros_like(numbers))
            return Composite(module=fresh, inputs=layer.arguments, weights=(given.name,))
    return None


def shift(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise a norm with a scale plus one number per feature."""
    for layer, given, numbers in _norms_and_constants(sketch, step):
        before = sketch.layers[layer.name]
        weight, old = (getattr(before.module, name, None) for name in ("weight", "bias"))
        if weight is not None and old is not None and is_constant(old, 0.0):
            fresh = _affine(before.module, weight.detach(), numbers)
            names = (*before.weights, given.name)
            return Composite(module=fresh, inputs=layer.arguments, weights=names)
    return None


def _norms_and_constants(sketch: Sketch, step: Step) -> Iterator[tuple[Step, Constant, Tensor]]:
    """Yield a norm's step and one number per feature that meets it, on either side."""
    for value, other in (step.arguments[:2], step.arguments[1::-1]):
        layer = sketch.layer(value, nn.LayerNorm, nn.RMSNorm, nn.GroupNorm)
        given = sketch.tensor(other)
        if layer is None or given is None or not sketch.is_used_once(value):
            continue
        shape = sketch.shape(value)
        axis = 1 if isinstance(sketch.layers[layer.name].module, nn.GroupNorm) else len(shape) - 1
        wide = (1,) * (len(shape) - given.tensor.dim()) + tuple(given.tensor.shape)
        if wide == tuple(size if place == axis else 1 for place, size in enumerate(shape)):
            yield layer, given, given.tensor.reshape(-1).clone()


def _affine(module: nn.Module, weight: Tensor, bias: Tensor) -> nn.Module:
    fresh: nn.Module
    if isinstance(module, nn.GroupNorm):
        fresh = nn.GroupNorm(module.num_groups, module.num_channels, module.eps, device="meta")
    elif isinstance(module, nn.LayerNorm):
        fresh = nn.LayerNorm(module.normalized_shape, module.eps, device="meta")
    else:
        fresh = nn.RMSNorm(weight.shape, eps=getattr(module, "eps", None), device="meta")
    fresh.weight = nn.Parameter(weight)
    if not isinstance(fresh, nn.RMSNorm):
        fresh.bias = nn.Parameter(bias)
    return fresh.eval()


def _with_reciprocal(sketch: Sketch, step: Step) -> tuple[object, object]:
    """Return x and r of x · (1 / r)."""
    for value, other in (step.arguments[:2], step.arguments[1::-1]):
        inverse = sketch.step(other, "reciprocal")
        if inverse is not None:
            return value, inverse.arguments[0]
        ratio = sketch.step(other, "div")
        if ratio is not None and sketch.number(ratio.arguments[0]) == 1.0:
            return value, ratio.arguments[1]
    return None, None


def _under_root(sketch: Sketch, root: object) -> tuple[object, float] | None:
    """Return v and ε of √(v + ε)."""
    step = sketch.step(root, "sqrt") or sketch.step(root, "pow")
    if step is None or (step.operation == "pow" and step.arguments[1] != 0.5):
        return None
    total = sketch.step(step.arguments[0], "add")
    if total is None:
        return None
    for value, other in (total.arguments[:2], total.arguments[1::-1]):
        epsilon = sketch.number(other)
        if epsilon is not None and epsilon > 0:
            return value, epsilon
    return None


def _is_mean(sketch: Sketch, mean: object, value: object) -> bool:
    """Return whether this is the mean over the last dimension, which stays with size 1."""
    step = sketch.step(mean, "mean")
    if step is None or step.arguments[0] != value:
        return False
    last = len(sketch.shape(value)) - 1
    return step.arguments[1:] in {((last,), True), ((-1,), True)}


def _is_mean_square(sketch: Sketch, mean: object, value: object) -> bool:
    step = sketch.step(mean, "mean")
    if step is None:
        return False
    square = step.arguments[0]
    power = sketch.step(square, "pow", "mul", "square")
    if power is None or power.arguments not in {(value, 2.0), (value, value), (value,)}:
        return False
    return _is_mean(sketch, mean, square)


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
