"""The directory at the end of a zip file: where every entry lies, checked against the entries."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from explain.core.errors import ImportRefused

_END = struct.Struct("<4s4H2IH")
_WIDE_PLACE = struct.Struct("<4sIQI")
_WIDE_END = struct.Struct("<4sQ2H2I4Q")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_COMMENT = 65_535
_LARGE = 0xFFFF_FFFF
_SIZES_FOLLOW = 0x8


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry: bytes `start` to `start + stored` of the file unpack to `size` bytes.

    `header` is where its own header starts, `mode` its Unix permission bits, 0 if unknown.
    """

    name: str
    header: int
    start: int
    stored: int
    size: int
    method: int
    flags: int
    checksum: int
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Directory:
    start: int
    length: int
    count: int
    end: int


def members(data: bytes, limit: int) -> tuple[Member, ...]:
    """Return the entries of the zip file `data`, at most `limit`, in the order of its directory.

    The file starts with its first entry and ends with its directory; each entry lies before the
    next one and before the directory, and its own header says the same as the directory.

    Raises:
        ImportRefused: anything else.
    """
    directory = _located(data)
    if directory.count > limit:
        raise ImportRefused("loading.archive.too_many_entries", count=directory.count, most=limit)
    if directory.start + directory.length != directory.end:
        raise ImportRefused("loading.archive.directory_end")
    found = tuple(_listed(data, directory))
    _check_places(found, directory)
    return found


def _located(data: bytes) -> _Directory:
    # From behind, as every reader looks: a second end inside the comment would be taken by some.
    place = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - _COMMENT))
    if place < 0 or place + _END.size > len(data):
        raise ImportRefused("loading.archive.no_directory")
    _, disk, first, here, count, length, start, comment = _END.unpack_from(data, place)
    if disk or first or here != count or place + _END.size + comment != len(data):
        raise ImportRefused("loading.archive.damaged_end")
    narrow = _Directory(start=start, length=length, count=count, end=place)
    return _widened(data, narrow)


def _widened(data: bytes, narrow: _Directory) -> _Directory:
    """Return what the 64-bit end says, if there is one; both must agree."""
    place = narrow.end - _WIDE_PLACE.size
    if place < 0 or data[place : place + 4] != b"PK\x06\x07":
        return narrow
    _, _, end, _ = _WIDE_PLACE.unpack_from(data, place)
    if end + _WIDE_END.size != place or data[end : end + 4] != b"PK\x06\x06":
        raise ImportRefused("loading.archive.damaged_wide_end")
    _, _, _, _, disk, first, here, count, length, start = _WIDE_END.unpack_from(data, end)
    wide = _Directory(start=start, length=length, count=count, end=end)
    if disk or first or here != count or not _agree(narrow, wide):
        raise ImportRefused("loading.archive.ends_differ")
    return wide


def _agree(narrow: _Directory, wide: _Directory) -> bool:
    return (
        narrow.count in {wide.count, 0xFFFF}
        and narrow.length in {wide.length, _LARGE}
        and narrow.start in {wide.start, _LARGE}
    )


def _listed(data: bytes, directory: _Directory) -> Iterator[Member]:
    place = directory.start
    for _ in range(directory.count):
        if place + _ENTRY.size > directory.end or data[place : place + 4] != b"PK\x01\x02":
            raise ImportRefused("loading.archive.damaged_directory")
        fields = _ENTRY.unpack_from(data, place)
        finish = place + _ENTRY.size + sum(fields[10:13])
        if finish > directory.end:
            raise ImportRefused("loading.archive.damaged_directory")
        named = place + _ENTRY.size
        yield _member(data, fields, data[named : named + fields[10]])
        place = finish
    if place != directory.end:
        raise ImportRefused("loading.archive.directory_length")


def _member(data: bytes, fields: Sequence[int], name: bytes) -> Member:
    _, _, _, flags, method, _, _, checksum, stored, size, *rest = fields
    outer, header = rest[-2:]
    if _LARGE in {stored, size, header}:
        raise ImportRefused("loading.archive.entry_of_4_gb")
    return Member(
        name=_text(name),
        header=header,
        start=_start(data, header, name, (flags, method, checksum, stored, size)),
        stored=stored,
        size=size,
        method=method,
        flags=flags,
        checksum=checksum,
        mode=outer >> 16,
    )


def _start(data: bytes, header: int, name: bytes, listed: tuple[int, ...]) -> int:
    """Return where the bytes of an entry start, after its own header, which must agree."""
    if data[header : header + 4] != b"PK\x03\x04" or header + _LOCAL.size > len(data):
        raise ImportRefused("loading.archive.directory_beside_entries")
    _, _, flags, method, _, _, *numbers, named, extra = _LOCAL.unpack_from(data, header)
    own = data[header + _LOCAL.size : header + _LOCAL.size + named]
    if own != name or (flags, method) != listed[:2] or not _same(flags, numbers, listed[2:]):
        raise ImportRefused("loading.archive.header_differs")
    return int(header + _LOCAL.size + named + extra)


def _same(flags: int, own: Sequence[int], listed: Sequence[int]) -> bool:
    """Whether check sum and sizes agree; a header may leave them open for later (flag, 64 bits)."""
    if flags & _SIZES_FOLLOW:
        return True
    return own[0] == listed[0] and all(
        here in {there, _LARGE} for here, there in zip(own[1:], listed[1:], strict=True)
    )


def _check_places(found: Sequence[Member], directory: _Directory) -> None:
    ordered = sorted(found, key=lambda member: member.header)
    if (ordered[0].header if ordered else directory.start) != 0:
        raise ImportRefused("loading.archive.start")
    for member, following in pairwise(ordered):
        if member.start + member.stored > following.header or member.header == following.header:
            raise ImportRefused("loading.archive.entries_overlap")
    if ordered and ordered[-1].start + ordered[-1].stored > directory.start:
        raise ImportRefused("loading.archive.entry_in_directory")


def _text(name: bytes) -> str:
    """Return a name as text: UTF-8, whether or not it says so, else the old DOS letters."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")
