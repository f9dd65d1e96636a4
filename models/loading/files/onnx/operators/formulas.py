"""Operators that are formulas of others, by the definition of the standard."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.operators.activations import coerced
from models.loading.files.onnx.operators.pooling import mean_of_windows
from models.loading.files.onnx.values import Constant, Running, Value

_MOST_NEIGHBOURS = 64
_DISTANCE = 1e-9
_LAST_COERCED = 12


def _neighbours(call: NodeCall) -> Value:
    """Divide by what channels beside each other hold: LRN."""
    value, size = call.running(), call.node.integer("size", 0)
    channels = value.fixed(1) if value.rank > 1 else None
    if channels is None or not 1 <= size <= _MOST_NEIGHBOURS:
        raise call.node.refusal("loading.onnx.steps.neighbours", size=size, most=_MOST_NEIGHBOURS)
    before = (size - 1) // 2
    around = (0, 0) * (value.rank - 2) + (before, size - 1 - before)
    wide = call.step("constant_pad", call.step("square", value), around, 0.0)
    total = call.step("slice", wide, 1, 0, channels, 1)
    for start in range(1, size):
        total = call.step("add", total, call.step("slice", wide, 1, start, start + channels, 1))
    share = call.step("mul", total, call.node.real("alpha", 1e-4) / size)
    below = call.step("add", share, call.node.real("bias", 1.0))
    return call.step("div", value, call.step("pow", below, call.node.real("beta", 0.75)))


def _shrink(call: NodeCall) -> Value:
    value, edge = call.running(), call.node.real("lambd", 0.5)
    moved, none = call.node.real("bias", 0.0), Constant(torch.tensor(0.0))
    small = call.step("where", call.step("lt", value, -edge), call.step("add", value, moved), none)
    return call.step("where", call.step("gt", value, edge), call.step("sub", value, moved), small)


def _unit_length(call: NodeCall) -> Value:
    value, power = call.running(), call.node.integer("p", 2)
    axis = call.axis(call.node.integer("axis", -1), value.rank)
    if power not in {1, 2}:
        raise call.node.refusal("loading.onnx.steps.normalises", norm=str(power)[:20])
    length = call.step("vector_norm", value, power, (axis,), keepdim=True)
    one = Constant(torch.tensor(1.0))
    return call.step("div", value, call.step("where", call.step("eq", length, 0), one, length))


def _standard(call: NodeCall) -> Value:
    value = call.running()
    axes = tuple(call.axis(axis, value.rank) for axis in call.node.integers("axes") or (0, 2, 3))
    if 0 in axes and value.fixed(0) != 1:
        raise call.node.refusal("loading.onnx.steps.normalises_rows")
    axes = tuple(axis for axis in axes if axis)
    mean = call.step("mean", value, axes, keepdim=True)
    squares = call.step("mean", call.step("square", value), axes, keepdim=True)
    spread = call.step("sqrt", call.step("sub", squares, call.step("square", mean)))
    return call.step("div", call.step("sub", value, mean), call.step("add", spread, _DISTANCE))


def _powers(call: NodeCall, value: Running) -> tuple[Running, float]:
    power = call.node.real("p", 2.0)
    raised = call.step("pow", call.step("abs", value), power)
    return call.build.running(raised), 1 / power


def _length_of_windows(call: NodeCall) -> Value:
    value, root = _powers(call, call.running())
    mean, count = mean_of_windows(call, value)
    return call.step("pow", call.step("mul", mean, count), root)


def _length_of_whole(call: NodeCall) -> Value:
    value, root = _powers(call, call.running())
    total = call.step("sum", value, tuple(range(2, value.rank)), keepdim=True)
    return call.step("pow", total, root)


def _places(count: int, axis: int, rank: int) -> Constant:
    """Return 0, 1, ... along one axis of so many."""
    shape = [count if place == axis else 1 for place in range(rank)]
    return Constant(torch.arange(count).reshape(shape))


def _largest_alone(call: NodeCall) -> Value:
    """Return 1 at the first of the largest, 0 elsewhere: Hardmax."""
    value, old = call.running(), call.node.opset <= _LAST_COERCED
    axis = call.axis(call.node.integer("axis", 1 if old else -1), value.rank)

    def marked(flat: Running, along: int) -> Running:
        size = flat.fixed(along)
        if size is None:
            raise call.node.refusal("loading.onnx.steps.normalises_free_dimension")
        best = call.step("argmax", flat, along, keepdim=True)
        here = call.step("eq_tensor", _places(size, along, flat.rank), best)
        return call.build.running(call.step("to", here, dtype=torch.float32))

    if old and axis != value.rank - 1:
        return coerced(call, lambda flat: marked(flat, 1), value, axis)
    return marked(value, axis)


def _one_hot(call: NodeCall) -> Value:
    places, count, ends = call.running(), int(call.number(1) or 0), call.constant(2).tensor
    if not 1 <= count <= call.limits.nodes or ends.numel() != 2:
        raise call.node.refusal("loading.onnx.steps.counts_too_far")
    axis = call.axis(call.node.integer("axis", -1), places.rank + 1)
    whole = call.step("to", places, dtype=torch.int64)
    behind = call.step("add", whole, count)
    inside = call.step("where", call.step("lt", whole, 0), behind, whole)
    wide = call.step("unsqueeze", inside, axis)
    here = call.step("eq_tensor", _places(count, axis, places.rank + 1), wide)
    return call.step("where", here, Constant(ends[1]), Constant(ends[0]))


def swish(call: NodeCall, value: Running) -> Running:
    """Append x times the sigmoid of alpha x."""
    alpha = call.node.real("alpha", 1.0)
    if alpha == 1.0:
        return call.layer(nn.SiLU(), (value,))
    gate = call.layer(nn.Sigmoid(), (call.step("mul", value, alpha),))
    return call.build.running(call.step("mul", value, gate))


def _gated(call: NodeCall) -> Value:
    return call.step("mul", swish(call, call.running()), call.tensor(1))


def _infinite(call: NodeCall) -> Value:
    value = call.tensor(0)
    sides: list[Any] = [
        call.step("eq", value, sign * float("inf"))
        for sign, name in ((1, "detect_positive"), (-1, "detect_negative"))
        if call.node.integer(name, 1)
    ]
    if not sides:
        raise call.node.refusal("loading.onnx.steps.no_numbers")
    return sides[0] if len(sides) == 1 else call.step("logical_or", *sides)


FORMULAS: Mapping[str, Operator] = {
    "GlobalLpPool": _length_of_whole,
    "Hardmax": _largest_alone,
    "IsInf": _infinite,
    "LRN": _neighbours,
    "LpNormalization": _unit_length,
    "LpPool": _length_of_windows,
    "MeanVarianceNormalization": _standard,
    "OneHot": _one_hot,
    "Shrink": _shrink,
    "SwiGLU": _gated,
    "Swish": lambda call: swish(call, call.running()),
}
