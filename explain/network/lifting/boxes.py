"""Boxes of a lifted tensor that hold entries of one tensor of the source."""

import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from explain.network.source_state import SourcePart, row_by_row


def parts_of(name: str, entries: Tensor, firsts: Mapping[int, int]) -> dict[int, SourcePart] | None:
    """Return what of each source's tensor stands in a lifted one, None where it is no box.

    `entries`: for each entry of the lifted tensor the number of the source's entry that it is, or
    -1; `firsts`: identity of a source's tensor -> the number of its first entry, in rising order.
    """
    found: dict[int, SourcePart] = {}
    numbers = [*firsts.values(), int(entries.max()) + 1 if entries.numel() else 0]
    for at, (source, first) in enumerate(firsts.items()):
        among = (entries >= first) & (entries < max(first, numbers[at + 1]))
        if bool(among.any()):
            part = _box(name, entries - first, among)
            if part is None:
                return None
            found[source] = part
    return found


def is_covered(shape: Sequence[int], parts: Sequence[SourcePart]) -> bool:
    """Return whether parts hold every entry of a source's tensor."""
    seen = torch.zeros(math.prod(shape), dtype=torch.bool)
    for part in parts:
        seen.as_strided(part.sizes, part.strides, part.offset).fill_(value=True)
    return bool(seen.all())


def _box(name: str, entries: Tensor, among: Tensor) -> SourcePart | None:
    """Return the part whose box holds what is `among` the entries of one source, and only that."""
    ends = tuple(_ends(among))
    box = entries[tuple(slice(start, stop) for start, stop in ends)]
    if int(among.sum()) != box.numel() or box.flatten().sort().values.diff().eq(0).any():
        return None
    strides = _strides(box)
    offset = int(box.flatten()[0])
    if min((*strides, 0)) < 0 or not torch.equal(_laid(box, strides, offset), box):
        return None
    starts, sizes = tuple(start for start, _ in ends), tuple(box.shape)
    return SourcePart(tensor=name, starts=starts, sizes=sizes, strides=strides, offset=offset)


def _laid(box: Tensor, strides: Sequence[int], offset: int) -> Tensor:
    """Return the entries that a box with these strides would hold."""
    held = torch.full(box.shape, offset)
    for axis, stride in enumerate(strides):
        steps = torch.arange(box.shape[axis]) * stride
        held += steps.view(-1, *(1,) * (box.dim() - axis - 1))
    return held


def _ends(among: Tensor) -> Iterator[tuple[int, int]]:
    for axis in range(among.dim()):
        here = among.movedim(axis, 0).reshape(among.shape[axis], -1).any(1).nonzero()
        yield int(here[0]), int(here[-1]) + 1


def _strides(box: Tensor) -> tuple[int, ...]:
    """Return how far apart the entries of neighbours lie; along a single one as usual."""
    usual = row_by_row(tuple(box.shape))
    first = int(box.flatten()[0])
    return tuple(
        usual[axis] if size < 2 else int(box.movedim(axis, 0)[1].flatten()[0]) - first
        for axis, size in enumerate(box.shape)
    )
