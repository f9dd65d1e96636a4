"""Operators that combine values standing at the same place."""

from collections.abc import Mapping

import torch

from models.loading.files.onnx import sizes
from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.tensors import dtype_of_onnx
from models.loading.files.onnx.values import Constant, Running, Sizes, Value


def _plain(key: str, count: int) -> Operator:
    """Return what takes so many tensors as they are."""
    return lambda call: call.step(key, *(call.tensor(place) for place in range(count)))


def _two(key: str, *, mirrored: str | None = None) -> Operator:
    """Return what combines two values; `mirrored`: the operation with both sides exchanged."""

    def combine(call: NodeCall) -> Value:
        if found := sizes.combine_sizes(call, key):
            return found
        return combine_tensors(call, key, call.tensor(0), call.tensor(1), mirrored)

    return combine


def combine_tensors(
    call: NodeCall,
    key: str,
    left: Constant | Running,
    right: Constant | Running,
    mirrored: str | None = None,
) -> Constant | Running:
    """Return two tensors combined; a single known number is written into the step."""
    if (
        mirrored is not None
        and isinstance(left, Constant)
        and (n := _number(left, right)) is not None
    ):
        return call.step(mirrored, right, n)
    if (n := _number(right, left)) is not None and key in _TAKE_NUMBERS:
        return call.step(key, left, n)
    return call.step(key, left, right)


_TAKE_NUMBERS = frozenset({"add", "sub", "mul", "div"})


def _number(value: Constant | Running, other: Constant | Running) -> int | float | None:
    """Return a known number that changes neither the other's shape nor its type."""
    if not isinstance(value, Constant) or not isinstance(other, Running):
        return None
    tensor = value.tensor
    if tensor.numel() != 1 or tensor.dim() > other.rank or tensor.dtype != other.seen[0].dtype:
        return None
    return None if tensor.dtype == torch.bool else tensor.item()


def _many(key: str) -> Operator:
    """Return what combines any number of values, one after the other."""

    def combine(call: NodeCall) -> Value:
        found = call.tensor(0)
        for place in range(1, len(call.inputs)):
            found = combine_tensors(call, key, found, call.tensor(place))
        return found

    def start(call: NodeCall) -> Value:
        return sizes.combine_sizes(call, key) or combine(call)

    return start


def _mean(call: NodeCall) -> Value:
    total = _many("add")(call)
    return call.step("div", total, len(call.inputs))


def _divide(call: NodeCall) -> Value:
    if found := sizes.combine_sizes(call, "div"):
        return found
    left, right = call.tensor(0), call.tensor(1)
    if is_whole(left):
        return call.step("div_mode", left, right, rounding_mode="trunc")
    return combine_tensors(call, "div", left, right)


def _power(call: NodeCall) -> Value:
    base, exponent = call.tensor(0), call.tensor(1)
    if is_whole(base) and not is_whole(exponent):
        raise call.node.refusal("loading.onnx.steps.whole_power")
    if isinstance(exponent, Constant) and exponent.tensor.numel() == 1:
        return call.step("pow", base, exponent.tensor.item())
    return call.step("pow_tensor", base, exponent)


def _modulo(call: NodeCall) -> Value:
    if found := sizes.combine_sizes(call, "mod"):
        return found
    key = "fmod_tensor" if call.node.integer("fmod", 0) else "remainder_tensor"
    return call.step(key, call.tensor(0), call.tensor(1))


def is_whole(value: Constant | Running) -> bool:
    """Return whether a tensor holds whole numbers."""
    tensor = value.tensor if isinstance(value, Constant) else value.seen[0]
    return not tensor.is_floating_point()


def _cast(call: NodeCall) -> Value:
    wanted = dtype_of_onnx(call.node.integer("to", 0))
    if wanted is None:
        raise call.node.refusal("loading.onnx.steps.unread_type")
    value = call.value(0)
    if isinstance(value, Sizes) and wanted == torch.int64:
        return value
    return converted(call, call.tensor(0), wanted)


def converted(call: NodeCall, value: Constant | Running, wanted: torch.dtype) -> Value:
    """Return a tensor in another type."""
    tensor = value.tensor if isinstance(value, Constant) else value.seen[0]
    if tensor.dtype == wanted:
        return value
    return call.step("to", value, dtype=wanted)


def _cast_like(call: NodeCall) -> Value:
    like = call.tensor(1)
    tensor = like.tensor if isinstance(like, Constant) else like.seen[0]
    return converted(call, call.tensor(0), tensor.dtype)


def _where(call: NodeCall) -> Value:
    if found := sizes.where_sizes(call):
        return found
    return call.step("where", call.tensor(0), call.tensor(1), call.tensor(2))


def _compare(key: str) -> Operator:
    def compare(call: NodeCall) -> Value:
        if found := sizes.compared(call, key):
            return found
        left, right = call.tensor(0), call.tensor(1)
        if (number := _number(right, left)) is not None:
            return call.step(key, left, number)
        return call.step(f"{key}_tensor", left, right)

    return compare


def _softsign(call: NodeCall) -> Value:
    x = call.tensor(0)
    return call.step("div", x, call.step("add", call.step("abs", x), 1))


_UNARY = {
    "Abs": "abs",
    "Acos": "acos",
    "Acosh": "acosh",
    "Asin": "asin",
    "Asinh": "asinh",
    "Atan": "atan",
    "Atanh": "atanh",
    "Ceil": "ceil",
    "Cos": "cos",
    "Cosh": "cosh",
    "Erf": "erf",
    "Exp": "exp",
    "Floor": "floor",
    "IsNaN": "isnan",
    "Log": "log",
    "Not": "logical_not",
    "Reciprocal": "reciprocal",
    "Round": "round",
    "Sign": "sign",
    "Sin": "sin",
    "Sinh": "sinh",
    "Sqrt": "sqrt",
    "Tan": "tan",
}
_COMPARISONS = {
    "Equal": "eq",
    "Greater": "gt",
    "GreaterOrEqual": "ge",
    "Less": "lt",
    "LessOrEqual": "le",
}

ARITHMETIC: Mapping[str, Operator] = {
    **{name: _plain(key, 1) for name, key in _UNARY.items()},
    **{name: _compare(key) for name, key in _COMPARISONS.items()},
    "Neg": lambda call: sizes.negated(call) or call.step("neg", call.tensor(0)),
    "Add": _two("add", mirrored="add"),
    "Sub": _two("sub", mirrored="rsub"),
    "Mul": _two("mul", mirrored="mul"),
    "Div": _divide,
    "Mod": _modulo,
    "Pow": _power,
    "Sum": _many("add"),
    "Mean": _mean,
    "Max": _many("maximum"),
    "Min": _many("minimum"),
    "And": _plain("logical_and", 2),
    "Or": _plain("logical_or", 2),
    "Xor": _plain("logical_xor", 2),
    "Where": _where,
    "Cast": _cast,
    "CastLike": _cast_like,
    "Softsign": _softsign,
}
