"""The state dict of the code that a lifted network was made from: how its tensors lie in ours."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePart:
    """A box of a lifted tensor and where its entries lie in a tensor of the source.

    The box begins at `starts` and has `sizes`; its entries lie `strides` apart in the source's
    entries, counted row by row from `offset`.
    """

    tensor: str
    starts: tuple[int, ...]
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTensor:
    """A tensor of the source's state dict: all its names there, and what it is here.

    `rest` holds the source's own values where `parts` do not cover them all.
    """

    names: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: torch.dtype
    parts: tuple[SourcePart, ...] = ()
    rest: Tensor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A lifted tensor that the source computes in each pass, under the `name` that it has there.

    `of`: the names of what it is computed from, which cannot be told from it.
    """

    tensor: str
    name: str
    of: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """The state dict of a source, in its order, and which weights it computes."""

    tensors: tuple[SourceTensor, ...] = ()
    folded: tuple[Folded, ...] = ()


def whole_part(name: str, shape: tuple[int, ...]) -> SourcePart:
    """Return the part that is a whole tensor, entry by entry."""
    return SourcePart(tensor=name, starts=(0,) * len(shape), sizes=shape, strides=row_by_row(shape))


def row_by_row(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return how far apart neighbours lie where entries are counted row by row."""
    return tuple(math.prod(shape[at + 1 :]) for at in range(len(shape)))


def with_source_names(state: SourceState, names: Mapping[str, str | None]) -> SourceState:
    """Return the state of a source with other names; what is called None has no place there."""
    found = []
    for tensor in state.tensors:
        wanted = [names.get(name, name) for name in tensor.names]
        if kept := tuple(name for name in wanted if name is not None):
            found.append(replace(tensor, names=kept))
    return replace(state, tensors=tuple(found))
