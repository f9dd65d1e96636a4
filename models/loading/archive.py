"""Zip archives read from memory by one strict reader; nothing is ever written to disk."""

import re
import stat
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Never, Self

from explain.core.errors import ImportRefused
from models.loading.directory import Member, members
from models.loading.limits import Limits

__all__ = ["Archive"]

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
            _refuse(f"has {len(data):,} bytes, more than {limits.file_bytes:,}")
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
            _refuse(f"has no entry {shown(name)}")
        member = self._members[name]
        if limit is not None and member.size > limit:
            _refuse(f"holds {shown(name)} of {member.size:,} bytes, more than {limit:,}")
        stored = memoryview(self._data)[member.start : member.start + member.stored]
        content = bytes(stored) if member.method == _STORED else _inflated(stored, member)
        if zlib.crc32(content) != member.checksum:
            _refuse(f"holds {shown(name)} with a wrong check sum, so it was damaged or altered")
        return content


def shown(name: str) -> str:
    """Return a name out of a file as it may stand in a message: quoted, printable, short."""
    return ascii(name if len(name) <= 80 else f"{name[:77]}...")


def _inflated(stored: memoryview, member: Member) -> bytes:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = engine.decompress(stored, member.size + 1)
    except zlib.error:
        _refuse(f"holds {shown(member.name)}, which cannot be unpacked")
    if len(content) != member.size or not engine.eof or engine.unused_data:
        _refuse(f"holds {shown(member.name)}, whose size is not what the archive states")
    return content


def _check_totals(found: Iterable[Member], length: int, limits: Limits) -> None:
    total = sum(member.size for member in found)
    if total > limits.zip_bytes:
        _refuse(f"unpacks to {total:,} bytes, more than {limits.zip_bytes:,}")
    if total > max(limits.zip_ratio * length, _SMALL):
        _refuse(f"unpacks to more than {limits.zip_ratio} times its size")


def _check_name(name: str, characters: int) -> None:
    if len(name) > characters:
        _refuse(f"has an entry with a name of {len(name)} characters, more than {characters}")
    if not name.isprintable():
        _refuse(f"has an entry with control characters in its name: {shown(name)}")
    if _DRIVE.match(name) or "\\" in name or not _is_plain(name.removesuffix("/")):
        _refuse(f"has an entry whose name is no plain relative path: {shown(name)}")
    if _NESTED.search(name):
        _refuse(f"holds another archive: {shown(name)}")


def _is_plain(path: str) -> bool:
    return all(part not in {"", ".", ".."} for part in path.split("/"))


def _check_kind(member: Member, *, stored_only: bool) -> None:
    if member.flags & _ENCRYPTED:
        _refuse(f"holds {shown(member.name)}, which is encrypted")
    if stat.S_IFMT(member.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        _refuse(f"holds {shown(member.name)}, which is a link or a device, not a file")
    if stored_only and member.method != _STORED:
        _refuse(f"holds {shown(member.name)} compressed, where weights are stored as they are")
    if member.method not in {_STORED, _DEFLATED}:
        _refuse(f"holds {shown(member.name)} in a rare compression ({member.method})")
    if member.method == _STORED and member.stored != member.size:
        _refuse(f"holds {shown(member.name)}, whose two sizes differ")
    if member.name.endswith("/") and member.size:
        _refuse(f"holds the folder {shown(member.name)} with content of its own")


def _check_ratio(member: Member, ratio: int) -> None:
    if member.size > max(_SMALL, ratio * member.stored):
        _refuse(f"holds {shown(member.name)}, which unpacks to more than {ratio} times its size")


def _check_twins(found: Iterable[Member]) -> None:
    seen: set[str] = set()
    for member in found:
        if member.name in seen:
            _refuse(f"has the entry {shown(member.name)} twice")
        seen.add(member.name)


def _refuse(what: str) -> Never:
    raise ImportRefused(f"The archive {what}.", hint=_HINT)
