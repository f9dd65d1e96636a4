"""How the state dict of a network's source lies in it, as JSON beside plain tensors."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor

from explain.core.messages import Message
from explain.network.blueprint.encoding import DTYPES, json_object, json_text
from explain.network.source_state import Folded, SourcePart, SourceState, SourceTensor, whole_part

_REST = "source:"
_PART, _FOLDED = 5, 3


def source_to_json(state: SourceState, tensors: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return how a source's state dict lies in `tensors`; one that is the same there is a name."""
    return {
        "tensors": [_entry(at, one, tensors) for at, one in enumerate(state.tensors)],
        "folded": [[one.tensor, one.name, list(one.of)] for one in state.folded],
    }


def rest_of_source(state: SourceState | None) -> dict[str, Tensor]:
    """Return the values of a source that are nowhere in the network, as files name them."""
    held = () if state is None else state.tensors
    return {
        f"{_REST}{at}": one.rest.contiguous() for at, one in enumerate(held) if one.rest is not None
    }


def source_from_json(plain: object, tensors: Mapping[str, Tensor]) -> SourceState:
    """Return what `source_to_json` wrote, unchecked but well-typed.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    fields = json_object(plain)
    entries, folded = fields["tensors"], fields["folded"]
    return SourceState(
        tensors=tuple(_tensor(at, entry, tensors) for at, entry in enumerate(_list(entries))),
        folded=tuple(map(_folded, _list(folded))),
    )


def check_source(
    state: SourceState, tensors: Mapping[str, Tensor], most: int, longest: int
) -> None:
    """Check that all parts lie inside of what they are parts of.

    `most`: how many numbers all parts may have together; `longest`: how many characters a name has.

    Raises:
        ValueError: one does not, or there are more.
    """
    count = 0
    for one in state.tensors:
        _check_names(one.names, longest)
        _check_rest(one)
        for part in one.parts:
            count += _check_part(part, math.prod(one.shape), tensors)
        count += math.prod(one.shape)
    for each in state.folded:
        _check_names((each.name, *each.of), longest)
        if each.tensor not in tensors:
            raise _wrong(each.name)
    if count > 2 * most:
        raise ValueError(
            Message("network.blueprint.too_many", count=count, what="numbers", most=most)
        )


def _entry(at: int, one: SourceTensor, tensors: Mapping[str, Tensor]) -> object:
    name, held = one.names[0], tensors.get(one.names[0])
    same = held is not None and (tuple(held.shape), held.dtype) == (one.shape, one.dtype)
    if same and len(one.names) == 1 and one.parts == (whole_part(name, one.shape),):
        return name
    return {
        "names": list(one.names),
        "shape": list(one.shape),
        "dtype": str(one.dtype).removeprefix("torch."),
        "parts": [
            [p.tensor, *map(list, (p.starts, p.sizes, p.strides)), p.offset] for p in one.parts
        ],
        "rest": None if one.rest is None else f"{_REST}{at}",
    }


def _tensor(at: int, entry: object, tensors: Mapping[str, Tensor]) -> SourceTensor:
    if isinstance(entry, str):
        held = tensors[entry]
        shape = tuple(held.shape)
        return SourceTensor(
            names=(entry,), shape=shape, dtype=held.dtype, parts=(whole_part(entry, shape),)
        )
    fields = json_object(entry)
    if fields["rest"] not in {None, f"{_REST}{at}"}:
        raise _wrong(str(fields["rest"])[:80])
    return SourceTensor(
        names=_texts(fields["names"]),
        shape=_counts(fields["shape"]),
        dtype=DTYPES[fields["dtype"]],
        parts=tuple(map(_part, _list(fields["parts"]))),
        rest=None if fields["rest"] is None else tensors[fields["rest"]],
    )


def _part(plain: object) -> SourcePart:
    fields = _list(plain)
    if len(fields) != _PART:
        raise _wrong("parts")
    return SourcePart(
        tensor=json_text(fields[0]),
        starts=_counts(fields[1]),
        sizes=_counts(fields[2]),
        strides=_counts(fields[3]),
        offset=_counts([fields[4]])[0],
    )


def _folded(plain: object) -> Folded:
    fields = _list(plain)
    if len(fields) != _FOLDED:
        raise _wrong("folded")
    return Folded(tensor=json_text(fields[0]), name=json_text(fields[1]), of=_texts(fields[2]))


def _check_names(names: tuple[str, ...], longest: int) -> None:
    if not names or not all(0 < len(name) <= longest and name.isprintable() for name in names):
        raise _wrong(str(names)[:80])


def _check_rest(one: SourceTensor) -> None:
    if not one.parts and one.rest is None:
        raise _wrong(one.names[0])
    if one.rest is not None and (one.rest.shape, one.rest.dtype) != (one.shape, one.dtype):
        raise _wrong(one.names[0])


def _check_part(part: SourcePart, entries: int, tensors: Mapping[str, Tensor]) -> int:
    """Return how many numbers a part has."""
    held = tensors.get(part.tensor)
    if held is None or len({len(part.starts), len(part.sizes), len(part.strides), held.dim()}) > 1:
        raise _wrong(part.tensor)
    ends = map(sum, zip(part.starts, part.sizes, strict=True))
    if any(end > size for end, size in zip(ends, held.shape, strict=True)) or 0 in part.sizes:
        raise _wrong(part.tensor)
    if part.offset + sum(_steps(part)) >= entries:
        raise _wrong(part.tensor)
    return math.prod(part.sizes)


def _steps(part: SourcePart) -> Iterator[int]:
    for size, stride in zip(part.sizes, part.strides, strict=True):
        if size > 1 and stride < 1:
            raise _wrong(part.tensor)
        yield (size - 1) * stride


def _wrong(name: str) -> ValueError:
    return ValueError(Message("network.blueprint.no_source", name=name))


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(Message("network.blueprint.no_object"))
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(json_text, _list(value)))


def _counts(value: object) -> tuple[int, ...]:
    counts = tuple(_list(value))
    if not all(type(count) is int and 0 <= count < 2**62 for count in counts):
        raise _wrong(str(counts)[:80])
    return counts
