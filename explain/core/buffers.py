"""What a value takes in memory: the tensors, arrays, bytes and texts that it holds."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

_ITEM = 64
"""Bytes that a number or short text in a collection is taken for."""


def buffers(value: object) -> dict[int, int]:
    """Return the bytes of every piece of memory that a value holds, by its address.

    Two views of one tensor are one piece, and so are the tensors that two networks share: who
    keeps several values adds their pieces up, not their weights.
    """
    return dict(_walk(value))


def bytes_held(value: object) -> int:
    """Return the bytes of everything that a value holds, each piece of memory once."""
    return sum(buffers(value).values())


def _walk(value: Any) -> Iterator[tuple[int, int]]:
    if isinstance(value, Tensor):
        storage = value.untyped_storage()
        yield storage.data_ptr(), storage.nbytes()
    elif isinstance(value, np.ndarray):
        whole = _whole(value)
        yield id(whole), whole.nbytes
    elif isinstance(value, str | bytes | bytearray):
        yield id(value), len(value)
    else:
        for part in _parts(value):
            yield from _walk(part)
        if isinstance(value, tuple | list | Mapping | AbstractSet):
            yield id(value), _ITEM * len(value)


def _whole(array: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return the array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, nn.Module):
        return (*value.parameters(), *value.buffers())
    if is_dataclass(value):
        return (getattr(value, field.name) for field in fields(value))
    if isinstance(value, Mapping):
        return _rich(value.values())
    return _rich(value) if isinstance(value, tuple | list | AbstractSet) else ()


def _rich(items: Iterable[Any]) -> Iterable[Any]:
    """Return the items to look into: none where the first is a plain number or text.

    A column of half a million labels is counted, not walked.
    """
    return () if isinstance(next(iter(items), None), str | int | float) else items
