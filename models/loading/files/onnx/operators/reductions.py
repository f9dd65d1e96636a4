"""Operators that sum up whole dimensions."""

from collections.abc import Mapping

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.sizes import value_of_sizes
from models.loading.files.onnx.values import Constant, Running, Value


def _over(call: NodeCall) -> tuple[Constant | Running, tuple[int, ...], bool]:
    """Return the value, the dimensions to sum up, and whether they stay with size 1."""
    value = call.tensor(0)
    rank = value.tensor.dim() if isinstance(value, Constant) else value.rank
    axes, stays = call.axes(rank) or (), call.node.integer("noop_with_empty_axes", 0)
    if not axes and not stays:
        axes = tuple(range(rank))
    return value, axes, bool(call.node.integer("keepdims", 1))


def _reduced(key: str, before: str = "", after: str = "") -> Operator:
    def reduce(call: NodeCall) -> Value:
        value, axes, keep = _over(call)
        if not axes:
            return value
        value = call.step(before, value) if before else value
        value = call.step(key, value, axes, keep)
        return call.step(after, value) if after else value

    return reduce


def _length(call: NodeCall) -> Value:
    value, axes, keep = _over(call)
    return call.step("vector_norm", value, 2, axes, keep)


def _product(call: NodeCall) -> Value:
    """Return the product of sizes or of values."""
    if not call.is_sizes(0):
        value, axes, keep = _over(call)
        for axis in sorted(axes, reverse=True):
            value = call.step("prod", value, axis, keep)
        return value
    entries = call.sizes(0)
    keep = bool(call.node.integer("keepdims", 1))
    found = entries[0]
    for entry in entries[1:]:
        found = call.build.step("int_mul", found, entry)
    return value_of_sizes([found], scalar=not keep)


def _place(key: str) -> Operator:
    def place(call: NodeCall) -> Value:
        value, axis = call.running(), call.node.integer("axis", 0)
        if call.node.integer("select_last_index", 0):
            raise call.node.refusal("loading.onnx.steps.last_of_equals")
        keep = bool(call.node.integer("keepdims", 1))
        return call.step(key, value, call.axis(axis, value.rank), keep)

    return place


def _running_sum(call: NodeCall) -> Value:
    value, axis = call.running(), call.number(1)
    if call.node.integer("exclusive", 0) or call.node.integer("reverse", 0):
        raise call.node.refusal("loading.onnx.steps.order_of_sums")
    return call.step("cumsum", value, call.axis(int(axis or 0), value.rank))


def _largest(call: NodeCall) -> tuple[Value, ...]:
    value, count = call.running(), call.integers(1)
    axis = call.axis(call.node.integer("axis", -1), value.rank)
    largest = bool(call.node.integer("largest", 1))
    found: tuple[Value, ...] = call.build.step("topk", value, count[0], axis, largest)
    return found


REDUCTIONS: Mapping[str, Operator] = {
    "ArgMax": _place("argmax"),
    "ArgMin": _place("argmin"),
    "CumSum": _running_sum,
    "ReduceL1": _reduced("sum", before="abs"),
    "ReduceL2": _length,
    "ReduceLogSum": _reduced("sum", after="log"),
    "ReduceLogSumExp": _reduced("logsumexp"),
    "ReduceMax": _reduced("amax"),
    "ReduceMean": _reduced("mean"),
    "ReduceMin": _reduced("amin"),
    "ReduceProd": _product,
    "ReduceSum": _reduced("sum"),
    "ReduceSumSquare": _reduced("sum", before="square"),
    "TopK": _largest,
}
