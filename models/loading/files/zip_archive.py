"""Zip archives read from memory by one strict reader; nothing is ever written to disk."""

import re
import stat
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from explain.core.errors import ImportRefused
from models.loading.files.zip_directory import Member, members
from models.loading.limits import Limits

_HINT = "Make the archive again with an ordinary zip program or the library that wrote it."
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
        """Return the bytes of one entry, never more than its stated size nor than `limit`.

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
        content = bytes(stored) if member.method == _STORED else _inflated(stored, member)
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
    if _DRIVE.match(name) or "\\" in name or not _is_plain(name.removesuffix("/")):
        raise ImportRefused("loading.archive.no_plain_path", name=quoted_name(name))
    if _NESTED.search(name):
        raise ImportRefused("loading.archive.archive_inside", name=quoted_name(name))


def _is_plain(path: str) -> bool:
    return all(part not in {"", ".", ".."} for part in path.split("/"))


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
