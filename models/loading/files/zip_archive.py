"""Zip archives read from memory by one strict reader, by their directory alone."""

import re
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Self

from explain.core.errors import ImportRefused
from models.loading.limits import Limits

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
        raise ImportRefused("loading.archive.entry_of_4_gb", name=_read_name(name))
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
        raise ImportRefused("loading.archive.directory_beside_entries", name=_read_name(name))
    _, _, flags, method, _, _, *numbers, named, extra = _LOCAL.unpack_from(data, header)
    own = data[header + _LOCAL.size : header + _LOCAL.size + named]
    if own != name or (flags, method) != listed[:2] or not _same(flags, numbers, listed[2:]):
        raise ImportRefused("loading.archive.header_differs", name=_read_name(name))
    return int(header + _LOCAL.size + named + extra)


def _same(flags: int, own: Sequence[int], listed: Sequence[int]) -> bool:
    """Whether check sum and sizes agree; a header may leave them open for later (flag, 64 bits)."""
    if flags & _SIZES_FOLLOW:
        return True
    return own[0] == listed[0] and all(
        here in {there, _LARGE} for here, there in zip(own[1:], listed[1:], strict=True)
    )


def _read_name(name: bytes) -> str:
    return quoted_name(name.decode("utf-8", "replace"))


def _check_places(found: Sequence[Member], directory: _Directory) -> None:
    ordered = sorted(found, key=lambda member: member.header)
    if (ordered[0].header if ordered else directory.start) != 0:
        raise ImportRefused("loading.archive.start")
    for member, following in pairwise(ordered):
        if member.start + member.stored > following.header or member.header == following.header:
            names = [quoted_name(one.name) for one in (member, following)]
            raise ImportRefused("loading.archive.entries_overlap", names=names)
    if ordered and ordered[-1].start + ordered[-1].stored > directory.start:
        name = quoted_name(ordered[-1].name)
        raise ImportRefused("loading.archive.entry_in_directory", name=name)


def _text(name: bytes) -> str:
    """Return a name as text: UTF-8, whether or not it says so, else the old DOS letters."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("cp437")


_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_SMALL = 1_000_000
"""Entries that unpack to less than this many bytes may shrink as well as they like."""
_DRIVE = re.compile(r"[A-Za-z]:")
_NESTED = re.compile(r"\.(zip|gz|tgz|bz2|xz|7z|rar|zst|lz4|tar|jar|whl)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The entries of a zip file, checked as a whole before the first one is read.

    `sizes`: name -> unpacked bytes, in the order of the file, folders left out.
    """

    sizes: Mapping[str, int]
    _data: bytes
    _members: Mapping[str, Member]

    @classmethod
    def open(cls, data: bytes, limits: Limits, *, stored_only: bool = False) -> Self:
        """Return the archive in `data`. `stored_only`: as weights need it, nothing compressed.

        Costs one pass over the directory at the end of the file; no entry is unpacked.

        Raises:
            ImportRefused: too large, too many entries, entries that overlap, repeat or unpack to
                too much, names that are no plain relative paths, encryption, links, archives
                inside the archive, or no zip file at all.
        """
        if len(data) > limits.file_bytes:
            raise ImportRefused(
                "loading.archive.too_many_bytes", count=len(data), most=limits.file_bytes
            )
        found = members(data, limits.zip_entries)
        _check_totals(found, len(data), limits)
        for member in found:
            _check_name(member.name, limits.name_characters)
            _check_kind(member, stored_only=stored_only)
            _check_ratio(member, limits.zip_ratio)
        _check_twins(found)
        files = {member.name: member for member in found if not member.name.endswith("/")}
        return cls(
            sizes=MappingProxyType({name: member.size for name, member in files.items()}),
            _data=data,
            _members=MappingProxyType(files),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all files inside, in the order of the archive."""
        return tuple(self.sizes)

    def read(self, name: str, limit: int | None = None) -> bytes:
        """Return the bytes of one entry, as `content` says."""
        return bytes(self.content(name, limit))

    def content(self, name: str, limit: int | None = None) -> bytes | memoryview:
        """Return the bytes of one entry, never more than its stated size nor than `limit`.

        What is stored as it is is not copied.

        Raises:
            ImportRefused: there is no such entry, it is larger than `limit`, its size is not what
                the archive states, or its check sum is wrong.
        """
        if name not in self._members:
            raise ImportRefused("loading.archive.no_entry", name=quoted_name(name))
        member = self._members[name]
        if limit is not None and member.size > limit:
            raise ImportRefused(
                "loading.archive.entry_too_large",
                name=quoted_name(name),
                count=member.size,
                most=limit,
            )
        stored = memoryview(self._data)[member.start : member.start + member.stored]
        content = stored if member.method == _STORED else _inflated(stored, member)
        if zlib.crc32(content) != member.checksum:
            raise ImportRefused("loading.archive.check_sum", name=quoted_name(name))
        return content


def quoted_name(name: str) -> str:
    """Return a name out of a file as it may stand in a message: quoted, printable, short."""
    return ascii(name if len(name) <= 80 else f"{name[:77]}...")


def _inflated(stored: memoryview, member: Member) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = engine.decompress(stored, member.size + 1)
    except zlib.error as error:
        raise ImportRefused(
            "loading.archive.not_unpacked", name=quoted_name(member.name)
        ) from error
    if len(content) != member.size or not engine.eof or engine.unused_data:
        raise ImportRefused("loading.archive.size_not_as_stated", name=quoted_name(member.name))
    return content


def _check_totals(found: Iterable[Member], length: int, limits: Limits) -> None:
    total = sum(member.size for member in found)
    if total > limits.zip_bytes:
        raise ImportRefused(
            "loading.archive.unpacks_to_too_much", total=total, most=limits.zip_bytes
        )
    if total > max(limits.zip_ratio * length, _SMALL):
        raise ImportRefused("loading.archive.shrunk_too_well", most=limits.zip_ratio)


def _check_name(name: str, characters: int) -> None:
    if len(name) > characters:
        raise ImportRefused("loading.archive.name_too_long", count=len(name), most=characters)
    if not name.isprintable():
        raise ImportRefused("loading.archive.control_characters", name=quoted_name(name))
    leads = any(part in {"", ".", ".."} for part in name.removesuffix("/").split("/"))
    if _DRIVE.match(name) or "\\" in name or leads:
        raise ImportRefused("loading.archive.no_plain_path", name=quoted_name(name))
    if _NESTED.search(name):
        raise ImportRefused("loading.archive.archive_inside", name=quoted_name(name))


def _check_kind(member: Member, *, stored_only: bool) -> None:
    if member.flags & _ENCRYPTED:
        raise ImportRefused("loading.archive.encrypted", name=quoted_name(member.name))
    if stat.S_IFMT(member.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ImportRefused("loading.archive.no_file", name=quoted_name(member.name))
    if stored_only and member.method != _STORED:
        raise ImportRefused("loading.archive.compressed", name=quoted_name(member.name))
    if member.method not in {_STORED, _DEFLATED}:
        raise ImportRefused(
            "loading.archive.rare_compression", name=quoted_name(member.name), method=member.method
        )
    if member.method == _STORED and member.stored != member.size:
        raise ImportRefused("loading.archive.sizes_differ", name=quoted_name(member.name))
    if member.name.endswith("/") and member.size:
        raise ImportRefused("loading.archive.folder_with_content", name=quoted_name(member.name))


def _check_ratio(member: Member, ratio: int) -> None:
    if member.size > max(_SMALL, ratio * member.stored):
        raise ImportRefused(
            "loading.archive.entry_shrunk_too_well", name=quoted_name(member.name), most=ratio
        )


def _check_twins(found: Iterable[Member]) -> None:
    seen: set[str] = set()
    for member in found:
        if member.name in seen:
            raise ImportRefused("loading.archive.entry_twice", name=quoted_name(member.name))
        seen.add(member.name)
