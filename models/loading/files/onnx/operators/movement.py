"""Operators that carry values from one place to another."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch

from models.loading.files.onnx.call import NodeCall, Operator
from models.loading.files.onnx.sizes import value_of_sizes
from models.loading.files.onnx.values import Constant, Running, Size, Value, entries_of

_ENDLESS = 2**31 - 1
_COPIED = 0
_INFERRED = -1


def _dropout(call: NodeCall) -> Value:
    if call.has(2) and call.number(2):
        raise call.node.training_refusal("loading.onnx.steps.drops_values")
    return call.value(0)


def _shape(call: NodeCall) -> Value:
    value = call.value(0)
    entries: Sequence[int | Size]
    if isinstance(value, Running):
        entries = [call.build.size(value, axis) for axis in range(value.rank)]
    else:
        known = call.build.tensor(value)
        entries = list((known.tensor if isinstance(known, Constant) else known.seen[0]).shape)
    start, end = call.node.integer("start", 0), call.node.integer("end", len(entries))
    return value_of_sizes(entries[start:end])


def _size(call: NodeCall) -> Value:
    tensor = call.tensor(0)
    shape = tensor.tensor.shape if isinstance(tensor, Constant) else None
    if shape is None:
        raise call.node.refusal("loading.onnx.steps.counts_values")
    return value_of_sizes([math.prod(shape)], scalar=True)


def _constant(call: NodeCall) -> Value:
    node = call.node
    if (tensor := node.tensor("value")) is not None:
        return Constant(tensor)
    for name, kind in (("value_int", torch.int64), ("value_float", torch.float32)):
        if node.has(name):
            return Constant(torch.tensor(node.real(name, 0.0), dtype=kind))
    if (whole := node.integers("value_ints")) is not None:
        return Constant(torch.tensor(whole, dtype=torch.int64))
    if (real := node.reals("value_floats")) is not None:
        return Constant(torch.tensor(real, dtype=torch.float32))
    raise node.refusal("loading.onnx.steps.no_numbers")


def _constant_of_shape(call: NodeCall) -> Value:
    given = call.node.tensor("value")
    fill = torch.zeros(1) if given is None else given
    entries = call.sizes(0)
    return call.step("full", tuple(entries), fill.item(), dtype=fill.dtype)


def _range(call: NodeCall) -> Value:
    start, limit, delta = (call.value(place) for place in range(3))
    ends = [entries_of(value) for value in (start, limit, delta)]
    if all(entries is not None and len(entries) == 1 for entries in ends):
        parts = [entries[0] for entries in ends if entries is not None]
        return call.step("arange", *parts, dtype=torch.int64)
    numbers = [call.number(place) for place in range(3)]
    return Constant(_arange(call, [number or 0.0 for number in numbers]))


def _arange(call: NodeCall, ends: Sequence[float]) -> torch.Tensor:
    start, limit, delta = ends
    if not delta or (limit - start) / delta > call.limits.nodes:
        raise call.node.refusal("loading.onnx.steps.counts_too_far")
    return torch.arange(start, limit, delta, dtype=torch.float32)


def _transpose(call: NodeCall) -> Value:
    value = call.tensor(0)
    rank = value.tensor.dim() if isinstance(value, Constant) else value.rank
    order = call.node.integers("perm") or tuple(range(rank))[::-1]
    return call.step("permute", value, order)


def _reshape(call: NodeCall) -> Value:
    if (entries := entries_of(call.value(0))) is not None and call.is_sizes(0):
        target = call.sizes(1)
        if target in {(), (1,), (-1,), (len(entries),)}:
            return value_of_sizes(entries, scalar=target == ())
    value, target = call.tensor(0), call.sizes(1)
    if isinstance(value, Constant):
        return call.step("reshape", value, _known_target(call, value, target))
    return reshaped(call, value, _copies(call, value, target))


def _known_target(
    call: NodeCall, value: Constant, target: tuple[int | Size, ...]
) -> tuple[Any, ...]:
    if call.node.integer("allowzero", 0):
        return target
    shape = value.tensor.shape
    return tuple(
        shape[place] if size == _COPIED and place < len(shape) else size
        for place, size in enumerate(target)
    )


def _copies(call: NodeCall, value: Running, target: Sequence[int | Size]) -> tuple[int | Size, ...]:
    """Return the target with each 0 replaced by the size that stands there already."""
    if call.node.integer("allowzero", 0):
        return tuple(target)
    return tuple(
        call.build.size(value, call.axis(place, value.rank)) if size == _COPIED else size
        for place, size in enumerate(target)
    )


def reshaped(call: NodeCall, value: Running, target: Sequence[int | Size]) -> Running:
    """Return a value in another shape; a single free size is left to torch.

    What torch would have to find out itself is written as a number where both trials agree.
    """
    shapes = [_trial_shape(value.seen[side].numel(), target, side) for side in (0, 1)]
    sizes: list[int | Size] = [
        one if one == two else size for one, two, size in zip(*shapes, target, strict=True)
    ]
    free = [place for place, size in enumerate(sizes) if isinstance(size, Size)]
    if len(free) == 1 and _INFERRED not in sizes:
        sizes[free[0]] = _INFERRED
    return cast("Running", call.step("reshape", value, tuple(sizes)))


def _trial_shape(count: int, target: Sequence[int | Size], side: int) -> list[int]:
    sizes = [size.seen[side] if isinstance(size, Size) else size for size in target]
    known = math.prod(size for size in sizes if size != _INFERRED)
    inferred = count // known if known else 0
    return [inferred if size == _INFERRED else size for size in sizes]


def _flatten(call: NodeCall) -> Value:
    value = call.running()
    axis = call.node.integer("axis", 1)
    axis = axis + value.rank if axis < 0 else axis
    tail = [value.fixed(place) for place in range(axis, value.rank)]
    if axis == 1:
        return reshaped(call, value, (call.build.size(value, 0), -1))
    if all(size is not None for size in tail):
        return reshaped(call, value, (-1, math.prod(size or 1 for size in tail)))
    head = math.prod(value.fixed(place) or -1 for place in range(axis))
    return reshaped(call, value, (head, -1))


def _squeeze(call: NodeCall) -> Value:
    if call.is_sizes(0):
        return value_of_sizes(call.sizes(0), scalar=True)
    value = call.tensor(0)
    shape = _fixed_shape(value)
    axes = call.axes(len(shape))
    if axes is None:
        axes = tuple(place for place, size in enumerate(shape) if size == 1)
    if any(shape[axis] != 1 for axis in axes):
        raise call.node.refusal("loading.onnx.steps.drops_dimension")
    return call.step("squeeze_dims", value, axes)


def _fixed_shape(value: Constant | Running) -> list[int | None]:
    if isinstance(value, Constant):
        return list(value.tensor.shape)
    return [value.fixed(axis) for axis in range(value.rank)]


def _unsqueeze(call: NodeCall) -> Value:
    if call.is_sizes(0):
        return value_of_sizes(call.sizes(0))
    value = call.tensor(0)
    given = call.integers(1) if call.has(1) else call.node.integers("axes") or ()
    rank = len(_fixed_shape(value)) + len(given)
    for axis in sorted(call.axis(axis, rank) for axis in given):
        value = call.step("unsqueeze", value, axis)
    return value


def aligned_at(
    call: NodeCall, value: Constant | Running, other: Constant | Running, axis: int
) -> Constant | Running:
    """Return `other` with dimensions of size 1 behind its own, which lie at `axis` of `value`."""
    rank, own = len(_fixed_shape(value)), len(_fixed_shape(other))
    behind = rank - call.axis(axis, rank) - own
    for _ in range(behind):
        other = call.step("unsqueeze", other, -1)
    return other


def _concat(call: NodeCall) -> Value:
    values = [call.value(place) for place in range(len(call.inputs))]
    if any(call.is_sizes(place) for place in range(len(values))):
        lists = [entries_of(value) for value in values]
        if all(entries is not None for entries in lists):
            return value_of_sizes([entry for entries in lists if entries for entry in entries])
    tensors = tuple(call.build.tensor(value) for value in values)
    rank = len(_fixed_shape(tensors[0]))
    axis = call.axis(call.node.integer("axis", 0), rank)
    if len(tensors) == 1:
        return tensors[0]
    return call.step("cat", tensors, axis)


def _split(call: NodeCall) -> tuple[Value, ...]:
    value = call.tensor(0)
    shape = _fixed_shape(value)
    axis = call.axis(call.node.integer("axis", 0), len(shape))
    parts = call.integers(1) if call.has(1) else call.node.integers("split")
    if parts is None:
        parts = _even_parts(call, shape[axis])
    if len(parts) != len(call.node.outputs):
        raise call.node.refusal("loading.onnx.steps.parts_and_outputs")
    found: tuple[Value, ...] = call.build.step("split_with_sizes", value, parts, axis)
    return found


def _even_parts(call: NodeCall, size: int | None) -> tuple[int, ...]:
    count = len(call.node.outputs)
    if size is None:
        raise call.node.refusal("loading.onnx.steps.parts_of_free_dimension")
    each = -(-size // count)
    return tuple(max(0, min(each, size - place * each)) for place in range(count))


def _slice(call: NodeCall) -> Value:
    if call.is_sizes(0):
        return _sliced_sizes(call)
    value = call.tensor(0)
    rank = len(_fixed_shape(value))
    starts, ends, axes, steps = _bounds(call, rank)
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        value = _sliced(call, value, axis, (start, end), step)
    return value


def _bounds(
    call: NodeCall, rank: int
) -> tuple[Sequence[Any], Sequence[Any], list[int], Sequence[int]]:
    starts: Sequence[Any]
    ends: Sequence[Any]
    if call.has(1):
        starts, ends = call.sizes(1), call.sizes(2)
    else:
        starts, ends = call.node.integers("starts") or (), call.node.integers("ends") or ()
    axes = call.axes(rank, 3)
    steps = call.integers(4) if call.has(4) else (1,) * len(starts)
    where = list(range(len(starts))) if axes is None else list(axes)
    if not len(starts) == len(ends) == len(where) == len(steps):
        raise call.node.refusal("loading.onnx.steps.slices_differ")
    return starts, ends, where, steps


def _sliced(
    call: NodeCall, value: Any, axis: int, ends: tuple[int | Size, int | Size], step: int
) -> Any:
    start, end = ends
    if step == -1 and start == -1 and isinstance(end, int) and end <= -_ENDLESS:
        return call.step("flip", value, (axis,))
    if step < 1:
        raise call.node.refusal("loading.onnx.steps.walks_backwards")
    if start == 0 and isinstance(end, int) and end >= _ENDLESS and step == 1:
        return value
    return call.step("slice", value, axis, start, end, step)


def _sliced_sizes(call: NodeCall) -> Value:
    entries = call.sizes(0)
    starts, ends, _, steps = _bounds(call, 1)
    if len(starts) != 1 or not isinstance(starts[0], int) or not isinstance(ends[0], int):
        raise call.node.refusal("loading.onnx.steps.sizes_cut_by_size")
    return value_of_sizes(entries[starts[0] : ends[0] : steps[0]])


def _gather(call: NodeCall) -> Value:
    axis = call.node.integer("axis", 0)
    if call.is_sizes(0):
        entries, scalar = call.sizes(0), call.constant(1).tensor.dim() == 0
        picked = [entries[place] for place in call.integers(1)]
        return value_of_sizes(picked, scalar=scalar)
    value, places = call.tensor(0), call.value(1)
    rank = len(_fixed_shape(value))
    axis = call.axis(axis, rank)
    if isinstance(value, Constant) and isinstance(places, Running) and rank == 2 and axis == 0:
        return _embedded(call, value, places)
    entries_at = entries_of(places)
    if entries_at is not None and len(entries_at) == 1 and _is_scalar(places):
        return call.step("select", value, axis, entries_at[0])
    index = (*(None,) * axis, call.build.tensor(places))
    return call.step("index", value, index)


def _embedded(call: NodeCall, table: Constant, places: Running) -> Value:
    count, width = table.tensor.shape
    if not table.tensor.is_floating_point():
        return call.step("index", table, (places,))
    module = torch.nn.Embedding(count, width, device="meta")
    return call.layer(module, (places,), {"weight": table})


def _is_scalar(value: Value) -> bool:
    if isinstance(value, Constant):
        return value.tensor.dim() == 0
    return not isinstance(value, Running) and value.scalar


def _gather_elements(call: NodeCall) -> Value:
    value, places = call.tensor(0), call.tensor(1)
    axis = call.axis(call.node.integer("axis", 0), len(_fixed_shape(value)))
    return call.step("gather", value, axis, places)


def _expand(call: NodeCall) -> Value:
    value = call.tensor(0)
    if isinstance(value, Constant) and value.tensor.numel() == 1:
        return _filled(call, value)
    shape, target = _fixed_shape(value), call.sizes(1)
    new = max(0, len(target) - len(shape))
    shape = [*[1] * new, *shape]
    target = (*[1] * (len(shape) - len(target)), *target)
    sizes = tuple(
        wanted if size == 1 and (wanted != 1 or place < new) else -1
        for place, (size, wanted) in enumerate(zip(shape, target, strict=True))
    )
    return call.step("expand", value, sizes)


def _filled(call: NodeCall, value: Constant) -> Value:
    target = call.sizes(1)
    missing = value.tensor.dim() - len(target)
    sizes = (*(1,) * missing, *target)
    number = value.tensor.reshape(()).item()
    return call.step("full", sizes, number, dtype=value.tensor.dtype)


def _pad(call: NodeCall) -> Value:
    value = call.tensor(0)
    rank = len(_fixed_shape(value))
    amounts = call.integers(1) if call.has(1) else call.node.integers("pads") or ()
    fill = call.number(2) if call.has(1) else call.node.real("value", 0.0)
    axes = call.axes(rank, 3) or tuple(range(rank))
    if len(amounts) != 2 * len(axes):
        raise call.node.refusal("loading.onnx.steps.padding_unknown")
    before, after = [0] * rank, [0] * rank
    for place, axis in enumerate(axes):
        before[axis], after[axis] = amounts[place], amounts[place + len(axes)]
    mode = {"edge": "replicate", "reflect": "reflect", "wrap": "circular"}
    kind = call.node.text("mode", "constant")
    return padded(call, value, (before, after), fill or 0.0, mode.get(kind, kind))


def padded(
    call: NodeCall,
    value: Constant | Running,
    amounts: tuple[Sequence[int], Sequence[int]],
    fill: float = 0.0,
    mode: str = "constant",
) -> Value:
    """Return a value with numbers added before and after along each of its last dimensions."""
    before, after = amounts
    sides = [side for pair in zip(reversed(before), reversed(after), strict=True) for side in pair]
    if mode == "constant":
        while len(sides) > 2 and sides[-2:] == [0, 0]:
            sides = sides[:-2]
        return call.step("constant_pad", value, tuple(sides), fill)
    if mode not in {"replicate", "reflect", "circular"}:
        raise call.node.refusal("loading.onnx.steps.padding_mode", mode=mode[:20])
    inner = sides[: 2 * (len(before) - 2)]
    if any(sides[len(inner) :]):
        raise call.node.refusal("loading.onnx.steps.padding_of_channels", mode=mode)
    return call.step("pad", value, tuple(inner), mode)


def _depth_to_space(call: NodeCall) -> Value:
    value, block = call.running(), call.node.integer("blocksize", 1)
    if call.node.text("mode", "DCR") == "CRD":
        return call.step("pixel_shuffle", value, block)
    channels, high, wide = _picture_sizes(call, value, block)
    inner = channels // block**2
    rows = call.build.size(value, 0)
    parts = reshaped(call, value, (rows, block, block, inner, high, wide))
    mixed = call.step("permute", parts, (0, 3, 4, 1, 5, 2))
    return reshaped(call, call.build.running(mixed), (rows, inner, high * block, wide * block))


def _space_to_depth(call: NodeCall) -> Value:
    value, block = call.running(), call.node.integer("blocksize", 1)
    if call.node.text("mode", "DCR") == "CRD":
        return call.step("pixel_unshuffle", value, block)
    channels, high, wide = _picture_sizes(call, value, block)
    rows = call.build.size(value, 0)
    small = (high // block, wide // block)
    parts = reshaped(call, value, (rows, channels, small[0], block, small[1], block))
    mixed = call.step("permute", parts, (0, 3, 5, 1, 2, 4))
    return reshaped(call, call.build.running(mixed), (rows, channels * block**2, *small))


def _picture_sizes(call: NodeCall, value: Running, block: int) -> tuple[int, int, int]:
    channels, high, wide = (value.fixed(axis) for axis in (1, 2, 3))
    if channels is None or high is None or wide is None or block < 1:
        raise call.node.refusal("loading.onnx.steps.picture_free_size")
    return channels, high, wide


def _triangle(call: NodeCall) -> Value:
    key = "triu" if call.node.integer("upper", 1) else "tril"
    return call.step(key, call.tensor(0), int(call.number(1) or 0))


MOVEMENT: Mapping[str, Operator] = {
    "Concat": _concat,
    "Constant": _constant,
    "ConstantOfShape": _constant_of_shape,
    "DepthToSpace": _depth_to_space,
    "Dropout": _dropout,
    "Expand": _expand,
    "Flatten": _flatten,
    "Gather": _gather,
    "GatherElements": _gather_elements,
    "Identity": lambda call: call.value(0),
    "Pad": _pad,
    "Range": _range,
    "Reshape": _reshape,
    "Shape": _shape,
    "Size": _size,
    "Slice": _slice,
    "SpaceToDepth": _space_to_depth,
    "Split": _split,
    "Squeeze": _squeeze,
    "Tile": lambda call: call.step("repeat", call.tensor(0), call.sizes(1)),
    "Transpose": _transpose,
    "Trilu": _triangle,
    "Unsqueeze": _unsqueeze,
}
