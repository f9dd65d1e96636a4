"""Arithmetic on sizes: numbers where both trials agree, integer steps where they do not."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import torch

from models.loading.files.onnx.call import NodeCall
from models.loading.files.onnx.values import Constant, Result, Size, Sizes, Value, entries_of

Entry = int | Size

_STEPS: Mapping[str, str] = {
    "add": "int_add",
    "sub": "int_sub",
    "mul": "int_mul",
    "div": "int_floordiv",
    "mod": "int_mod",
    "maximum": "int_max",
    "minimum": "int_min",
}
_NUMBERS: Mapping[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a // b,
    "mod": lambda a, b: a % b,
    "maximum": max,
    "minimum": min,
}
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "eq": lambda a, b: a == b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


def value_of_sizes(entries: Sequence[Entry], *, scalar: bool = False) -> Value:
    """Return entries as a value: a constant where none of them is free."""
    if any(isinstance(entry, Size) for entry in entries):
        return Sizes(tuple(entries), scalar)
    tensor = torch.tensor([int(e) for e in entries if isinstance(e, int)], dtype=torch.int64)
    return Constant(tensor.reshape(()) if scalar else tensor)


def combine_sizes(call: NodeCall, key: str) -> Value | None:
    """Return what an operator makes of its inputs, if they are sizes; else None."""
    sides = _sides(call, range(len(call.inputs)))
    if sides is None:
        return None
    found, *others = sides
    for other in others:
        found = [_combine(call, key, a, b) for a, b in _paired(call, found, other)]
    return value_of_sizes(found, scalar=_all_scalar(call))


def negated(call: NodeCall) -> Value | None:
    """Return sizes with the other sign."""
    sides = _sides(call, range(1))
    if sides is None:
        return None
    return value_of_sizes(
        [_combine(call, "sub", 0, entry) for entry in sides[0]], scalar=_all_scalar(call)
    )


def compared(call: NodeCall, key: str) -> Value | None:
    """Return which sizes compare so; only what holds for every input is decided."""
    sides = _sides(call, range(2))
    if sides is None:
        return None
    pairs = _paired(call, *sides)
    found = torch.tensor([_compare(call, key, a, b) for a, b in pairs])
    return Constant(found.reshape(()) if _all_scalar(call) else found)


def where_sizes(call: NodeCall) -> Value | None:
    """Return sizes chosen by a known condition."""
    condition = call.value(0)
    sides = _sides(call, (1, 2))
    if sides is None or not isinstance(condition, Constant):
        return None
    flags = [bool(flag) for flag in condition.tensor.reshape(-1).tolist()]
    pairs = _paired(call, *sides)
    if len(flags) == 1:
        flags *= len(pairs)
    picked = [a if flag else b for flag, (a, b) in zip(flags, pairs, strict=True)]
    return value_of_sizes(picked, scalar=_all_scalar(call))


def _sides(call: NodeCall, places: Sequence[int] | range) -> list[list[Entry]] | None:
    """Return the entries of these inputs if one of them is a free size and all are sizes."""
    if not any(call.is_sizes(place) for place in places):
        return None
    found = [entries_of(call.value(place)) for place in places]
    if any(entries is None for entries in found):
        return None
    return [list(entries) for entries in found if entries is not None]


def _paired(
    call: NodeCall, left: Sequence[Entry], right: Sequence[Entry]
) -> list[tuple[Entry, Entry]]:
    length = max(len(left), len(right))
    if min(len(left), len(right)) not in {1, length}:
        raise call.node.refusal("loading.onnx.steps.lists_of_sizes")
    wide = [list(side) * length if len(side) == 1 else list(side) for side in (left, right)]
    return list(zip(*wide, strict=True))


def _combine(call: NodeCall, key: str, left: Entry, right: Entry) -> Entry:
    if isinstance(left, int) and isinstance(right, int):
        if key in {"div", "mod"} and (left < 0 or right <= 0):
            raise call.node.refusal("loading.onnx.steps.divided_by_nothing")
        return _NUMBERS[key](left, right)
    if key == "mul" and 1 in (left, right):
        return right if left == 1 else left
    found: Size = call.build.step(_STEPS[key], left, right)
    natural = key != "sub" and _is_natural(left) and _is_natural(right)
    return dataclasses.replace(found, natural=natural)


def _compare(call: NodeCall, key: str, left: Entry, right: Entry) -> bool:
    one, two = ((_seen(left, side), _seen(right, side)) for side in (0, 1))
    first, second = _COMPARED[key](*one), _COMPARED[key](*two)
    if first == second and (left == right or _is_certain(left, right)):
        return first
    raise call.node.refusal("loading.onnx.steps.depends_on_size")


def _is_certain(left: Entry, right: Entry) -> bool:
    """Return whether two sizes compare the same for every input: one is negative, one never."""
    if isinstance(left, int) and isinstance(right, int):
        return True
    numbers = [entry for entry in (left, right) if isinstance(entry, int)]
    free = [entry for entry in (left, right) if isinstance(entry, Size)]
    return len(free) == 1 and free[0].natural and numbers[0] < 0


def _seen(entry: Entry, side: int) -> int:
    return entry.seen[side] if isinstance(entry, Size) else entry


def _is_natural(entry: Entry) -> bool:
    return entry.natural if isinstance(entry, Size) else entry >= 0


def _all_scalar(call: NodeCall) -> bool:
    def is_scalar(value: Result | None) -> bool:
        if isinstance(value, Sizes):
            return value.scalar
        return isinstance(value, Constant) and value.tensor.dim() == 0

    return all(map(is_scalar, call.inputs))
