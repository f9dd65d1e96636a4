"""Arguments of steps as plain JSON values, and back."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch

from explain.core.messages import Message
from explain.core.network import Ref

DTYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        str(dtype).removeprefix("torch."): dtype
        for dtype in (
            torch.float64,
            torch.float32,
            torch.float16,
            torch.bfloat16,
            torch.int64,
            torch.int32,
            torch.int16,
            torch.int8,
            torch.uint8,
            torch.bool,
        )
    }
)
"""The types that tensors of a network may have."""

_FORMATS: Mapping[str, torch.memory_format] = MappingProxyType(
    {
        str(layout).removeprefix("torch."): layout
        for layout in (
            torch.contiguous_format,
            torch.preserve_format,
            torch.channels_last,
            torch.channels_last_3d,
        )
    }
)
_NUMBERS: Mapping[str, float] = MappingProxyType(
    {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}
)
_DEEPEST = 8
_LARGEST_INTEGER = 2**63


def encoded(value: object) -> object:
    """Return a value as JSON says it: a `Ref`, a type or a number JSON lacks as a small object.

    Raises:
        ValueError: a value of any other type.
    """
    if isinstance(value, (tuple, list)):
        return [encoded(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if value is None or type(value) in {bool, int, float, str}:
        return value
    return _encoded_name(value)


def _encoded_name(value: object) -> dict[str, str]:
    if isinstance(value, Ref):
        return {"ref": value.name}
    if isinstance(value, torch.dtype) and value in DTYPES.values():
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, torch.memory_format):
        return {"format": str(value).removeprefix("torch.")}
    raise ValueError(Message("network.blueprint.value_not_written", kind=type(value).__name__))


def decoded(value: object, deep: int = 0) -> object:
    """Return the value that `encoded` wrote down; lists become tuples.

    Raises:
        ValueError: anything that `encoded` does not write.
    """
    if deep > _DEEPEST:
        raise ValueError(Message("network.blueprint.too_deep"))
    if isinstance(value, (list, tuple)):
        return tuple(decoded(part, deep + 1) for part in value)
    if isinstance(value, dict):
        return _decoded_name(value)
    if isinstance(value, int) and not abs(value) <= _LARGEST_INTEGER:
        raise ValueError(Message("network.blueprint.too_large"))
    if value is None or type(value) in {bool, int, float, str}:
        return value
    raise ValueError(Message("network.blueprint.value_not_plain", kind=type(value).__name__))


def _decoded_name(value: Mapping[object, object]) -> object:
    if len(value) == 1:
        ((kind, name),) = value.items()
        if isinstance(kind, str) and isinstance(name, str) and kind in _READERS:
            return _READERS[kind](name)
    raise ValueError(Message("network.blueprint.object_for_no_value"))


def json_object(value: object) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError(Message("network.blueprint.no_object"))
    return value


def json_text(value: object) -> str:
    """Return a text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, str):
        raise TypeError(Message("network.blueprint.no_text"))
    return value


def _looked_up(table: Mapping[str, object], name: str) -> object:
    if name not in table:
        raise ValueError(
            Message("network.blueprint.not_in_table", name=name[:40], table=list(table))
        )
    return table[name]


_READERS: Mapping[str, Callable[[str], object]] = {
    "ref": Ref,
    "dtype": lambda name: _looked_up(DTYPES, name),
    "format": lambda name: _looked_up(_FORMATS, name),
    "number": lambda name: _looked_up(_NUMBERS, name),
}
