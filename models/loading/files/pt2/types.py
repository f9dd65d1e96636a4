"""The codes under which a .pt2 file names types and layouts."""

from collections.abc import Mapping
from types import MappingProxyType

import torch

from explain.core.errors import ImportRefused

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
