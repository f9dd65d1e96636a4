"""Hostile .npy and .npz files."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.hostile.parts import calls
from tests.hostile.parts.pickling import pickled
from tests.hostile.parts.zips import DEFLATED, Entry, deflated_zeros, zipped
from tests.hostile.record import Hostile

_ROWS, _FEATURES = 12, 6


def _npy(header: str, body: bytes = b"", version: bytes = b"\1\0") -> bytes:
    text = header.encode("latin-1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(text))
    return b"\x93NUMPY" + version + length + text + body


def _described(kind: str, shape: str, body: bytes = b"") -> bytes:
    return _npy(f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}, }}", body)


def good(array: np.ndarray) -> bytes:
    """Return an array as a file."""
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def _inputs() -> bytes:
    values = np.random.default_rng(0).normal(size=(_ROWS, _FEATURES)).astype(np.float32)
    return good(values)


def targets() -> bytes:
    """Return answers of all rows."""
    return good(np.arange(_ROWS) % 3)


def npz(**arrays: bytes) -> bytes:
    """Return files of arrays as one."""
    return zipped(Entry(name=f"{name}.npy", data=data) for name, data in arrays.items())


def good_arrays() -> bytes:
    """Return inputs and answers that are taken."""
    return npz(x=_inputs(), y=targets())


def _x(data: bytes) -> Callable[[Path], bytes]:
    return lambda _: npz(x=data, y=targets())


def objects(marker: Path) -> bytes:
    """Return an array of one object, which leaves the marker behind."""
    return _described("'|O'", "(1,)", pickled(calls.opened(marker)))


def packed(name: str) -> Entry:
    """Return an array of 2 GB in two megabytes."""
    header = _described("'<f4'", f"({1 << 26}, 8)")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = packer.compress(header) + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = deflated_zeros("x", 2 << 30)
    size = len(header) + (2 << 30)
    return Entry(name=name, packed=start + zeros.stored, method=DEFLATED, size=size, crc=0)


def _packed(_: Path) -> bytes:
    return zipped([packed("x.npy"), Entry(name="y.npy", data=targets())])


ARRAYS: tuple[Hostile, ...] = (
    Hostile(
        key="npy-objects",
        row="pickles",
        door="arrays",
        attack="an array of objects, which is a pickle",
        make=objects,
        naive="numpy.load",
    ),
    Hostile(
        key="npz-objects",
        row="pickles",
        door="arrays",
        attack="objects in an archive of arrays",
        make=lambda marker: npz(x=objects(marker), y=targets()),
        naive="numpy.load",
    ),
    Hostile(
        key="npz-is-pickle",
        row="pickles",
        door="arrays",
        attack="a pickle under the name of an archive of arrays",
        make=lambda marker: pickled(calls.opened(marker)),
        naive="numpy.load",
    ),
    Hostile(
        key="npz-shape-promised",
        row="array-headers",
        door="arrays",
        attack="10¹⁵ numbers in no bytes",
        make=_x(_described("'<f8'", "(1000000000000, 1000)")),
    ),
    Hostile(
        key="npz-shape-negative",
        row="array-headers",
        door="arrays",
        attack="a negative number of rows",
        make=_x(_described("'<f4'", "(-12, -6)", bytes(288))),
    ),
    Hostile(
        key="npz-shape-zero",
        row="array-headers",
        door="arrays",
        attack="0 × 2⁶²",
        make=_x(_described("'<f4'", f"(0, {1 << 62})")),
    ),
    Hostile(
        key="npz-header-python",
        row="array-headers",
        door="arrays",
        attack="a header that is a call",
        make=lambda marker: npz(x=_npy(f"__import__('os').mkdir({str(marker)!r})"), y=targets()),
    ),
    Hostile(
        key="npz-header-deep",
        row="array-headers",
        door="arrays",
        attack="a header of 60,000 brackets",
        make=_x(_npy("(" * 30_000 + ")" * 30_000)),
    ),
    Hostile(
        key="npz-header-long",
        row="array-headers",
        door="arrays",
        attack="a header of 4 GB in 100 bytes",
        make=_x(b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(100)),
    ),
    Hostile(
        key="npz-structured",
        row="array-headers",
        door="arrays",
        attack="rows of names and objects",
        make=_x(_described("[('a', '<f4'), ('b', '|O')]", "(2,)", bytes(24))),
    ),
    Hostile(
        key="npz-words",
        row="array-headers",
        door="arrays",
        attack="an array of words",
        make=_x(good(np.array([["a", "b"]] * _ROWS))),
    ),
    Hostile(
        key="npz-complex",
        row="array-headers",
        door="arrays",
        attack="complex numbers",
        make=_x(good(np.ones((_ROWS, _FEATURES), np.complex64))),
    ),
    Hostile(
        key="npz-packed",
        row="zip-bombs",
        door="arrays",
        attack="an array that unpacks to 2 GB",
        make=_packed,
    ),
    Hostile(
        key="npz-name-outside",
        row="zip-names",
        door="arrays",
        attack="an array above its folder",
        make=lambda _: zipped(
            [Entry(name="../x.npy", data=_inputs()), Entry(name="y.npy", data=targets())]
        ),
    ),
    Hostile(
        key="npz-uneven",
        row="array-headers",
        door="arrays",
        attack="more answers than rows",
        make=lambda _: npz(x=_inputs(), y=good(np.arange(99))),
    ),
    Hostile(
        key="npz-no-x",
        row="array-headers",
        door="arrays",
        attack="no array called x",
        make=lambda _: npz(z=_inputs(), y=targets()),
    ),
    Hostile(
        key="npz-nan",
        row="array-headers",
        door="arrays",
        attack="inputs that are all NaN",
        make=_x(good(np.full((_ROWS, _FEATURES), np.nan, np.float32))),
    ),
    Hostile(
        key="npz-swapped",
        row="array-headers",
        door="arrays",
        attack="numbers whose bytes stand the other way round",
        make=_x(good(np.ones((_ROWS, _FEATURES), ">f4"))),
    ),
)
