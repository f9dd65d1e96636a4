"""Activations, each as its own layer."""

from collections.abc import Callable, Mapping

from torch import nn

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.operators.movement import reshaped
from models.loading.files.onnx.values import Constant, Running, Value

_LAST_COERCED = 12
_SELU = (1.6732632423543772, 1.0507009873554805)
_CLOSE = 1e-4


def _layer(make: Callable[[NodeCall], nn.Module]) -> Operator:
    return lambda call: call.layer(make(call), (call.running(),))


def _clip(call: NodeCall) -> Value:
    low, high = call.number(1), call.number(2)
    if not call.has(1) and not call.has(2):
        low = call.node.real("min", float("-inf")) if call.node.has("min") else None
        high = call.node.real("max", float("inf")) if call.node.has("max") else None
    value = call.running()
    if low is None and high is None:
        return value
    if not value.seen[0].is_floating_point():
        return call.step("clamp", value, _whole(low), _whole(high))
    if low is None or high is None or low > high:
        return call.step("clamp", value, low, high)
    module = nn.ReLU6() if (low, high) == (0.0, 6.0) else nn.Hardtanh(low, high)
    return call.layer(module, (value,))


def _whole(end: float | None) -> int | None:
    return None if end is None else int(end)


def _selu(call: NodeCall) -> nn.Module:
    given = (call.node.real("alpha", _SELU[0]), call.node.real("gamma", _SELU[1]))
    if max(abs(a - b) for a, b in zip(given, _SELU, strict=True)) > _CLOSE:
        raise call.node.refusal("loading.onnx.steps.no_selu")
    return nn.SELU()


def _hard_sigmoid(call: NodeCall) -> Value:
    slope, offset = call.node.real("alpha", 0.2), call.node.real("beta", 0.5)
    value = call.running()
    if abs(slope - 1 / 6) < _CLOSE and offset == 0.5:
        return call.layer(nn.Hardsigmoid(), (value,))
    line = call.step("add", call.step("mul", value, slope), offset)
    return call.layer(nn.Hardtanh(0.0, 1.0), (line,))


def _softmax(kind: Callable[..., nn.Module]) -> Operator:
    """Return a softmax; before version 13 it ran over all dimensions from its axis on."""

    def apply(call: NodeCall) -> Value:
        value = call.running()
        old = call.node.opset <= _LAST_COERCED
        axis = call.axis(call.node.integer("axis", 1 if old else -1), value.rank)
        if old and axis != value.rank - 1:
            return coerced(call, lambda flat: call.layer(kind(dim=-1), (flat,)), value, axis)
        dim = -1 if axis == value.rank - 1 else axis
        return call.layer(kind(dim=dim), (value,))

    return apply


def coerced(
    call: NodeCall, make: Callable[[Running], Running], value: Running, axis: int
) -> Running:
    """Return what is made of a value laid flat from an axis on, in the value's own shape again."""
    shape = [call.build.size(value, place) for place in range(value.rank)]
    flat = reshaped(call, value, (*shape[:axis], -1))
    return reshaped(call, make(flat), shape)


def _prelu(call: NodeCall) -> Value:
    """Return a layer where slopes belong to channels, else what is negative times its slope."""
    value, slope = call.running(), call.tensor(1)
    if isinstance(slope, Constant) and _is_of_channels(value, slope):
        module = nn.PReLU(slope.tensor.numel(), device="meta")
        weight = call.kept(slope.tensor.reshape(-1), slope)
        return call.layer(module, (value,), {"weight": weight})
    return call.step("where", call.step("lt", value, 0), call.step("mul", value, slope), value)


def _is_of_channels(value: Running, slope: Constant) -> bool:
    shape = list(slope.tensor.shape)
    channels = value.fixed(1) if value.rank > 1 else None
    padded = [1] * (value.rank - len(shape)) + shape
    along = [size for axis, size in enumerate(padded) if axis != 1]
    fits = len(padded) > 1 and padded[1] == channels and all(size == 1 for size in along)
    return fits or slope.tensor.numel() == 1


_PLAIN: Mapping[str, Callable[[], nn.Module]] = {
    "HardSwish": nn.Hardswish,
    "Mish": nn.Mish,
    "Relu": nn.ReLU,
    "Sigmoid": nn.Sigmoid,
    "Softplus": nn.Softplus,
    "Tanh": nn.Tanh,
}


def _plain(make: Callable[[], nn.Module]) -> Operator:
    return _layer(lambda _: make())


ACTIVATIONS: Mapping[str, Operator] = {
    **{name: _plain(make) for name, make in _PLAIN.items()},
    "Celu": _layer(lambda call: nn.CELU(call.node.real("alpha", 1.0))),
    "Clip": _clip,
    "Elu": _layer(lambda call: nn.ELU(call.node.real("alpha", 1.0))),
    "Gelu": _layer(lambda call: nn.GELU(call.node.text("approximate", "none"))),
    "HardSigmoid": _hard_sigmoid,
    "LeakyRelu": _layer(lambda call: nn.LeakyReLU(call.node.real("alpha", 0.01))),
    "LogSoftmax": _softmax(nn.LogSoftmax),
    "PRelu": _prelu,
    "Selu": _layer(_selu),
    "Softmax": _softmax(nn.Softmax),
    "ThresholdedRelu": _layer(lambda call: nn.Threshold(call.node.real("alpha", 1.0), 0.0)),
}
