"""Zip archives written by hand, so that every field may lie."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STORED, DEFLATED = 0, 8
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. `packed` are the bytes as they lie in the file, if not `data` itself.

    `size` and `crc` are what the headers claim; `offset` is where the directory says that the entry
    begins.
    """

    name: str
    data: bytes = b""
    packed: bytes | None = None
    method: int = STORED
    size: int | None = None
    crc: int | None = None
    flags: int = 0
    attributes: int = 0
    offset: int | None = None
    only_in_directory: bool = False

    @property
    def stored(self) -> bytes:
        """Return the bytes as they lie in the file."""
        return self.data if self.packed is None else self.packed

    def head(self) -> bytes:
        """Return the fields that both headers share."""
        crc = zlib.crc32(self.data) if self.crc is None else self.crc
        size = len(self.data) if self.size is None else self.size
        flags = self.flags | (0 if self.name.isascii() else 0x800)
        name = self.name.encode("utf-8", "surrogateescape")
        return struct.pack(
            "<HHHHHIIIHH",
            20,
            flags,
            self.method,
            0,
            0x21,
            crc,
            len(self.stored),
            size,
            len(name),
            0,
        )


def zipped(entries: Iterable[Entry], *, before: bytes = b"") -> bytes:
    """Return an archive of these entries, after other bytes if wanted."""
    body, directory, count = bytearray(before), bytearray(), 0
    for entry in entries:
        name = entry.name.encode("utf-8", "surrogateescape")
        offset = len(body) if entry.offset is None else entry.offset
        if not entry.only_in_directory:
            body += b"PK\3\4" + entry.head() + name + entry.stored
        directory += b"PK\1\2" + struct.pack("<H", 0x314) + entry.head()
        directory += struct.pack("<HHHII", 0, 0, 0, entry.attributes, offset) + name
        count += 1
    shown = min(count, 0xFFFF)
    end = struct.pack("<HHHHIIH", 0, 0, shown, shown, len(directory), len(body), 0)
    return bytes(body + directory + _end64(count, directory, body) + b"PK\5\6" + end)


def _end64(count: int, directory: bytes | bytearray, body: bytes | bytearray) -> bytes:
    if count < 0xFFFF:
        return b""
    record = struct.pack(
        "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), len(body)
    )
    return record + struct.pack("<4sIQI", b"PK\6\7", 0, len(body) + len(directory), 1)


def deflated_zeros(name: str, size: int) -> Entry:
    """Return an entry of that many zeros, a few kilobytes per hundred megabytes, made quickly."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(_MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    count = size // _MEGABYTE
    return Entry(
        name=name, packed=block * count + b"\3\0", method=DEFLATED, size=count * _MEGABYTE, crc=0
    )


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the entries of a good archive by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(data: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Return the archive with entries replaced, added, or taken out (None), nothing deflated."""
    entries = {**unzipped(data), **changes}
    return zipped(
        Entry(name=name, data=value) for name, value in entries.items() if value is not None
    )
