"""Layers that normalise."""

from collections.abc import Mapping

import torch
from torch import nn

from models.loading.files.onnx.call import Kinds, NodeCall, Operator
from models.loading.files.onnx.values import Constant, Running, Value

_BATCH: Kinds = {
    2: nn.BatchNorm1d,
    3: nn.BatchNorm1d,
    4: nn.BatchNorm2d,
    5: nn.BatchNorm3d,
}
_INSTANCE: Kinds = {
    3: nn.InstanceNorm1d,
    4: nn.InstanceNorm2d,
    5: nn.InstanceNorm3d,
}
_EPSILON = 1e-5
_PER_CHANNEL = 21


def _batch(call: NodeCall) -> Value:
    value = call.running()
    if call.node.integer("training_mode", 0) or sum(map(bool, call.node.outputs)) > 1:
        raise call.node.training_refusal("loading.onnx.steps.training_mode")
    kind = call.by_rank(_BATCH, value)
    scale, shift, mean, variance = (call.constant(place) for place in range(1, 5))
    module = kind(len(mean.tensor), eps=call.node.real("epsilon", _EPSILON), device="meta")
    seen = Constant(torch.tensor(0))
    buffers = {"running_mean": mean, "running_var": variance, "num_batches_tracked": seen}
    return call.layer(module, (value,), {"weight": scale, "bias": shift}, buffers)


def _instance(call: NodeCall) -> Value:
    value, scale, shift = call.running(), call.constant(1), call.constant(2)
    module = call.by_rank(_INSTANCE, value)(
        len(scale.tensor), eps=call.node.real("epsilon", _EPSILON), affine=True, device="meta"
    )
    return call.layer(module, (value,), {"weight": scale, "bias": shift})


def _layer(call: NodeCall) -> Value:
    value, scale, shift = call.running(), call.constant(1), call.optional(2)
    axis = call.axis(call.node.integer("axis", -1), value.rank)
    sizes = _fixed_from(call, value, axis)
    module = nn.LayerNorm(
        sizes, eps=call.node.real("epsilon", _EPSILON), bias=shift is not None, device="meta"
    )
    tensors = {"weight": _shaped(call, scale, sizes)}
    if shift is not None:
        tensors["bias"] = _shaped(call, shift, sizes)
    return call.layer(module, (value,), tensors)


def _rms(call: NodeCall) -> Value:
    value, scale = call.running(), call.constant(1)
    sizes = _fixed_from(call, value, call.axis(call.node.integer("axis", -1), value.rank))
    module = nn.RMSNorm(sizes, eps=call.node.real("epsilon", _EPSILON), device="meta")
    return call.layer(module, (value,), {"weight": _shaped(call, scale, sizes)})


def _group(call: NodeCall) -> Value:
    value, scale, shift = call.running(), call.constant(1), call.constant(2)
    groups, channels = call.node.integer("num_groups", 1), value.fixed(1)
    if channels is None or groups < 1 or channels % groups:
        raise call.node.refusal("loading.onnx.steps.groups")
    if call.node.opset < _PER_CHANNEL and len(scale.tensor) == groups:
        each = channels // groups
        scale = call.kept(scale.tensor.repeat_interleave(each), scale)
        shift = call.kept(shift.tensor.repeat_interleave(each), shift)
    module = nn.GroupNorm(groups, channels, eps=call.node.real("epsilon", _EPSILON), device="meta")
    return call.layer(module, (value,), {"weight": scale, "bias": shift})


def _fixed_from(call: NodeCall, value: Running, axis: int) -> list[int]:
    sizes = [value.fixed(place) for place in range(axis, value.rank)]
    if any(size is None for size in sizes):
        raise call.node.refusal("loading.onnx.steps.normalises_free_dimension")
    return [size for size in sizes if size is not None]


def _shaped(call: NodeCall, weight: Constant, sizes: list[int]) -> Constant:
    if list(weight.tensor.shape) == sizes:
        return weight
    return call.kept(weight.tensor.expand(sizes).contiguous(), weight)


NORMS: Mapping[str, Operator] = {
    "BatchNormalization": _batch,
    "GroupNormalization": _group,
    "InstanceNormalization": _instance,
    "LayerNormalization": _layer,
    "RMSNormalization": _rms,
}
