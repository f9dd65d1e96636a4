"""NumPy's own files, read by a header pass of ours: plain numbers and short texts, no objects."""

import re
import struct
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

_MAGIC = b"\x93NUMPY"
_HEADER_BYTES = 10_000
_RANK = 8
_HEADER = re.compile(
    r"\{\s*'descr':\s*'(?P<descr>[<>|=][a-zA-Z]\d+)'\s*,\s*"
    r"'fortran_order':\s*(?P<order>True|False)\s*,\s*"
    r"'shape':\s*\((?P<shape>[\d,\s]*)\)\s*,?\s*\}\s*"
)
_TYPES = re.compile(r"[<>|=](?:f[248]|[iu][1248]|b1|U\d{1,4})\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    descr: str
    fortran: bool
    shape: tuple[int, ...]
    start: int


def read_npy(data: bytes | memoryview, what: str, limits: Limits) -> NDArray[Any]:
    """Return the array in a .npy file; `what` names it in messages.

    It lies in the memory of `data`, and cannot be written to, where its order allows that.

    Taken are floats, whole numbers, booleans and texts of a fixed length; nothing is unpickled,
    and no memory is asked for before the size in the header is that of the file.

    Raises:
        ImportRefused: Python objects, records, another version, a header that is none, more
            elements than the limit, or a size that is not the file's.
    """
    header = _header(data, what)
    if not _TYPES.match(header.descr):
        raise ImportRefused("loading.data.npy.descr", name=what, kind=header.descr)
    if len(header.shape) > _RANK or any(size > limits.elements for size in header.shape):
        raise ImportRefused(
            "loading.data.npy.shape", name=what, shape=str(list(header.shape)[:_RANK])
        )
    count, kind = prod(header.shape), np.dtype(header.descr)
    if not count:
        raise ImportRefused("loading.data.npy.empty", name=what)
    if count > limits.elements:
        raise ImportRefused(
            "loading.data.npy.too_many_elements", name=what, count=count, most=limits.elements
        )
    if len(data) - header.start != count * kind.itemsize:
        raise ImportRefused("loading.data.npy.bytes", name=what, count=count * kind.itemsize)
    values = np.frombuffer(data, dtype=kind, count=count, offset=header.start)
    shaped = values.reshape(header.shape, order="F" if header.fortran else "C")
    if kind.kind == "U":
        _check_letters(values, what)
    return np.require(shaped, kind.newbyteorder("="), "C")


def _header(data: bytes | memoryview, what: str) -> _Header:
    if data[: len(_MAGIC)] != _MAGIC or len(data) < 12:
        raise ImportRefused("loading.data.npy.no_array", name=what)
    version = (data[6], data[7])
    if version not in {(1, 0), (2, 0), (3, 0)}:
        raise ImportRefused(
            "loading.data.npy.version", name=what, major=version[0], minor=version[1]
        )
    wide = version[0] > 1
    length: int = struct.unpack_from("<I" if wide else "<H", data, 8)[0]
    start = (12 if wide else 10) + length
    if length > _HEADER_BYTES or start > len(data):
        raise ImportRefused("loading.data.npy.header_too_long", name=what)
    text = bytes(data[start - length : start]).decode("latin-1")
    found = _HEADER.fullmatch(text)
    if found is None:
        objects = "'|O" in text or "O'" in text
        raise ImportRefused(
            "loading.data.npy.objects" if objects else "loading.data.npy.unread_header", name=what
        )
    return _Header(
        descr=found["descr"],
        fortran=found["order"] == "True",
        shape=_shape(found["shape"], what),
        start=start,
    )


def _shape(text: str, what: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > _RANK or any(not part.isdecimal() or len(part) > 12 for part in parts):
        raise ImportRefused("loading.data.npy.no_shape", name=what)
    return tuple(map(int, parts))


def _check_letters(values: NDArray[Any], what: str) -> None:
    """Refuse texts of which a character is none."""
    codes = values.view(np.dtype("u4").newbyteorder(values.dtype.byteorder))
    if int(codes.max(initial=0)) > 0x10FFFF or bool(((codes >= 0xD800) & (codes < 0xE000)).any()):
        raise ImportRefused("loading.data.npy.no_letters", name=what)
