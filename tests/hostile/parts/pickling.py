"""Pickles written opcode by opcode, and the archives of torch.save around them."""

import struct
from collections.abc import Mapping, Sequence

from tests.hostile.parts.zips import Entry, zipped

EMPTY_ORDER = b"ccollections\nOrderedDict\n)R"


def pickled(*parts: bytes) -> bytes:
    """Return a whole pickle of protocol 2."""
    return b"\x80\x02" + b"".join(parts) + b"."


def text(value: str) -> bytes:
    """Push a string."""
    encoded = value.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def integer(value: int) -> bytes:
    """Push an integer of any size."""
    width = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([width]) + value.to_bytes(width, "little", signed=True)


def tuple_of(*parts: bytes) -> bytes:
    """Push a tuple."""
    return b"(" + b"".join(parts) + b"t"


def call(module: str, name: str, *arguments: bytes) -> bytes:
    """Push what a callable answers to these arguments."""
    return f"c{module}\n{name}\n".encode() + tuple_of(*arguments) + b"R"


def mapping(items: Mapping[str, bytes]) -> bytes:
    """Push a dict of these pushed values."""
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def storage(
    key: str, elements: int, kind: str = "FloatStorage", *, view: bytes = b"", on: str = "cpu"
) -> bytes:
    """Push a storage of torch.save; `view`: pushed, what torch before 1.6 wrote behind it."""
    name = f"ctorch\n{kind}\n".encode()
    return tuple_of(text("storage"), name, text(key), text(on), integer(elements), view) + b"Q"


def tensor(
    key: str,
    shape: tuple[int, ...],
    *,
    stride: tuple[int, ...] | None = None,
    offset: int = 0,
    elements: int | None = None,
    kind: str = "FloatStorage",
    view: bytes = b"",
) -> bytes:
    """Push a tensor over a storage, contiguous unless said otherwise."""
    strides = _contiguous(shape) if stride is None else stride
    held = _count(shape) if elements is None else elements
    return call(
        "torch._utils",
        "_rebuild_tensor_v2",
        storage(key, held, kind, view=view),
        integer(offset),
        tuple_of(*map(integer, shape)),
        tuple_of(*map(integer, strides)),
        b"\x89",
        EMPTY_ORDER,
    )


def torch_file(
    data: bytes, storages: Mapping[str, bytes] | None = None, *, more: tuple[Entry, ...] = ()
) -> bytes:
    """Return an archive of torch.save around a pickle and its storages."""
    entries = [
        Entry(name="archive/data.pkl", data=data),
        Entry(name="archive/byteorder", data=b"little"),
        *(Entry(name=f"archive/data/{key}", data=value) for key, value in (storages or {}).items()),
        *more,
        Entry(name="archive/version", data=b"3\n"),
    ]
    return zipped(entries)


MAGIC = 0x1950A86A20F9469CFC6C


def old_file(
    data: bytes,
    storages: Sequence[tuple[str, int, bytes]] = (),
    *,
    magic: int = MAGIC,
    protocol: int = 1001,
    machine: bytes = b"}X\r\0\0\0little_endian\x88s",
    keys: Sequence[str] | None = None,
) -> bytes:
    """Return what torch wrote before 1.6 around a pickle and its storages (key, numbers, bytes)."""
    listed = [key for key, _, _ in storages] if keys is None else keys
    named = b"](" + b"".join(map(text, listed)) + b"e"
    head = (pickled(integer(magic)), pickled(integer(protocol)), pickled(machine), data)
    blocks = [struct.pack("<q", count) + content for _, count, content in storages]
    return b"".join([*head, pickled(named), *blocks])


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(_count(shape[axis + 1 :]) for axis in range(len(shape)))


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count
