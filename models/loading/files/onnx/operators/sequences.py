"""Lists of tensors: made, changed and read while the file is read, so that no step knows them."""

from collections.abc import Mapping, Sequence

import torch

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.values import Constant, Listed, Result, Running, Value


def _constructed(call: NodeCall) -> Result:
    return Listed(tuple(call.tensor(place) for place in range(len(call.inputs))))


def _empty(call: NodeCall) -> Result:
    call.node.put_aside("dtype")
    return Listed(())


def _inserted(call: NodeCall) -> Result:
    parts = list(call.listed(0))
    parts.insert(_place(call, 2, len(parts) + 1, len(parts)), call.tensor(1))
    return Listed(tuple(parts))


def _erased(call: NodeCall) -> Result:
    parts = list(call.listed(0))
    del parts[_place(call, 1, len(parts), len(parts) - 1)]
    return Listed(tuple(parts))


def _at(call: NodeCall) -> Value:
    parts = call.listed(0)
    return parts[_place(call, 1, len(parts), len(parts) - 1)]


def _place(call: NodeCall, place: int, count: int, default: int) -> int:
    """Return the place that an input names among `count`, the default where it is not given."""
    (found,) = call.integers(place) if call.has(place) else (default,)
    inserting = count - 1 if call.node.op == "SequenceInsert" else count
    found = found + inserting if found < 0 else found
    if not 0 <= found < count:
        raise call.node.refusal("loading.onnx.steps.no_such_part", place=found, count=count)
    return found


def _length(call: NodeCall) -> Value:
    return Constant(torch.tensor(len(call.listed(0))))


def _joined(call: NodeCall) -> Value:
    parts, axis = call.listed(0), call.node.integer("axis", 0)
    key = "stack" if call.node.integer("new_axis", 0) else "cat"
    return call.step(key, parts, axis)


def _split(call: NodeCall) -> Result:
    value, keeps = call.tensor(0), call.node.integer("keepdims", 1)
    shape = value.tensor.shape if isinstance(value, Constant) else value.seen[0].shape
    axis = call.axis(call.node.integer("axis", 0), len(shape))
    size = value.fixed(axis) if isinstance(value, Running) else shape[axis]
    if size is None:
        raise call.node.refusal("loading.onnx.steps.parts_of_free_dimension")
    parts = call.build.step("split_with_sizes", value, tuple(_sizes(call, size)), axis)
    if not call.has(1) and not keeps:
        parts = tuple(call.step("squeeze_dims", part, (axis,)) for part in parts)
    return Listed(parts)


def _sizes(call: NodeCall, size: int) -> Sequence[int]:
    """Return the sizes of the parts: as an input lists them, or as many as fit of one size."""
    if call.has(1) and call.constant(1).tensor.dim():
        return call.integers(1)
    (each,) = call.integers(1) if call.has(1) else (1,)
    if each < 1 or size > each * call.limits.nodes:
        raise call.node.refusal("loading.onnx.steps.too_many_parts", most=call.limits.nodes)
    return [min(each, size - start) for start in range(0, size, each)]


SEQUENCES: Mapping[str, Operator] = {
    "ConcatFromSequence": _joined,
    "SequenceAt": _at,
    "SequenceConstruct": _constructed,
    "SequenceEmpty": _empty,
    "SequenceErase": _erased,
    "SequenceInsert": _inserted,
    "SequenceLength": _length,
    "SplitToSequence": _split,
}
