"""Activations that exporters write out: GELU, SiLU, Hardswish, Mish."""

import math

from torch import nn

from explain.core.network import Ref, Step
from models.loading.files.onnx.sketch import Composite, Sketch, factors, is_near

_CUBE = 3.0
_CUBIC = 0.044715


def gelu(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise x · ½ · (1 + erf(x / √2)), and its approximation by tanh."""
    number, values = _product(sketch, step)
    if not is_near(number, 0.5) or len(values) != 2:
        return None
    for value, other in (values, values[::-1]):
        kind = _kind(sketch, value, _plus_one(sketch, other))
        if kind is not None:
            return Composite(module=nn.GELU(kind), inputs=(value,))
    return None


def _product(sketch: Sketch, step: Step) -> tuple[float, list[Ref]]:
    parts = [factors(sketch, side) for side in step.arguments[:2]]
    return math.prod(number for number, _ in parts), [v for _, values in parts for v in values]


def _plus_one(sketch: Sketch, value: Ref) -> Ref | None:
    """Return y of 1 + y."""
    total = sketch.step(value, "add")
    if total is None:
        return None
    for one, other in (total.arguments[:2], total.arguments[1::-1]):
        if isinstance(other, Ref) and is_near(sketch.number(one), 1.0):
            return other
    return None


def _kind(sketch: Sketch, value: Ref, inner: Ref | None) -> str | None:
    """Return which GELU's inner function this is of the value."""
    error = sketch.step(inner, "erf")
    if error is not None:
        number, values = factors(sketch, error.arguments[0])
        return "none" if values == [value] and is_near(number, math.sqrt(0.5)) else None
    bent = sketch.layer(inner, nn.Tanh)
    if bent is None:
        return None
    number, values = factors(sketch, bent.arguments[0])
    if len(values) != 1 or not is_near(number, math.sqrt(2 / math.pi)):
        return None
    return "tanh" if _is_cubic(sketch, value, values[0]) else None


def _is_cubic(sketch: Sketch, value: Ref, total: Ref) -> bool:
    """Return whether this is x + 0.044715 x³."""
    step = sketch.step(total, "add")
    if step is None or value not in step.arguments:
        return False
    other = step.arguments[1] if step.arguments[0] == value else step.arguments[0]
    number, values = factors(sketch, other)
    return is_near(number, _CUBIC) and _is_cube(sketch, value, values)


def _is_cube(sketch: Sketch, value: Ref, values: list[Ref]) -> bool:
    if values == [value] * 3:
        return True
    power = sketch.step(values[0], "pow") if len(values) == 1 else None
    return power is not None and power.arguments == (value, _CUBE)


def gated_activation(sketch: Sketch, step: Step) -> Composite | None:
    """Recognise x times a gate of the same x: SiLU, Hardswish, Mish."""
    for value, gate in (step.arguments[:2], step.arguments[1::-1]):
        module = _gate(sketch, value, gate)
        if module is not None:
            return Composite(module=module, inputs=(value,))
    return None


def _gate(sketch: Sketch, value: object, gate: object) -> nn.Module | None:
    for kind, whole in ((nn.Sigmoid, nn.SiLU), (nn.Hardsigmoid, nn.Hardswish)):
        layer = sketch.layer(gate, kind)
        if layer is not None and layer.arguments == (value,):
            return whole()
    bent = sketch.layer(gate, nn.Tanh)
    soft = None if bent is None else sketch.layer(bent.arguments[0], nn.Softplus)
    return nn.Mish() if soft is not None and soft.arguments == (value,) else None
