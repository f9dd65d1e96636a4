"""Values out of parsed JSON, each of the type it must have, and the codes of types and layouts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

import torch

from explain.core.errors import ImportRefused
from models.loading.files.zip_archive import quoted_name

STRIDED = 7
"""The code of the ordinary layout."""

FLOATS = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
"""Types that are read as float32."""

_TYPES: Mapping[int, torch.dtype] = MappingProxyType(
    {
        1: torch.uint8,
        2: torch.int8,
        3: torch.int16,
        4: torch.int32,
        5: torch.int64,
        6: torch.float16,
        7: torch.float32,
        8: torch.float64,
        12: torch.bool,
        13: torch.bfloat16,
    }
)
_COMPLEX = frozenset({10, 11})
"""Codes of complex numbers: what a Fourier transform gives on the way, never an input or weight."""

_FORMATS: Mapping[int, torch.memory_format] = MappingProxyType(
    {
        1: torch.contiguous_format,
        2: torch.channels_last,
        3: torch.channels_last_3d,
        4: torch.preserve_format,
    }
)


def dtype_of_code(code: object) -> torch.dtype:
    """Return the type of a code.

    Raises:
        ImportRefused: complex, quantised, 8-bit float or no type at all.
    """
    if not isinstance(code, int) or code not in _TYPES:
        raise ImportRefused("loading.pt2.unread_type", code=repr(code)[:20])
    return _TYPES[code]


def computed_dtype(code: object) -> torch.dtype:
    """Return the type that a computed value of this code has here.

    Raises:
        ImportRefused: quantised, 8-bit float or no type at all.
    """
    return torch.complex64 if code in _COMPLEX else lower_dtype(dtype_of_code(code))


def lower_dtype(dtype: torch.dtype) -> torch.dtype:
    """Return the type that values of `dtype` have here: float32 for every kind of float."""
    return torch.float32 if dtype in FLOATS else dtype


def memory_format_of(code: object) -> torch.memory_format:
    """Return the memory format of a code.

    Raises:
        ImportRefused: there is none.
    """
    if not isinstance(code, int) or code not in _FORMATS:
        raise ImportRefused("loading.pt2.unread_layout", code=repr(code)[:20])
    return _FORMATS[code]


_FLOATS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


def table_field(value: object, key: str) -> Mapping[str, object]:
    """Return the object under `key`.

    Raises:
        ImportRefused: it is missing or something else; so for all functions here.
    """
    return cast("Mapping[str, object]", _of(value, key, dict))


def entries(value: object, key: str) -> list[object]:
    """Return the list under `key`."""
    return cast("list[object]", _of(value, key, list))


def text(value: object, key: str) -> str:
    """Return the text under `key`."""
    return cast("str", _of(value, key, str))


def whole_field(value: object, key: str) -> int:
    """Return the whole number under `key`; true and false are none."""
    found = _of(value, key, int)
    if isinstance(found, bool):
        raise ImportRefused("loading.pt2.missing_field", kind="int", name=quoted_name(key))
    return cast("int", found)


def flag(value: object, key: str) -> bool:
    """Return the truth value under `key`."""
    return cast("bool", _of(value, key, bool))


def number_field(value: object) -> float:
    """Return a number that may be written as a word: "-Infinity"."""
    if isinstance(value, str) and value in _FLOATS:
        return _FLOATS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ImportRefused("loading.pt2.no_number")
    return float(value)


def only(value: object) -> tuple[str, object]:
    """Return name and content of the one field that an object has."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ImportRefused("loading.pt2.several_fields")
    return next(iter(value.items()))


def _of(value: object, key: str, kind: type) -> object:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, kind):
        raise ImportRefused("loading.pt2.missing_field", kind=kind.__name__, name=quoted_name(key))
    return found
