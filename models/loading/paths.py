"""Files of this machine: which may be opened, and how without being led elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Never

from explain.core.errors import ImportRefused

__all__ = ["files_inside", "read_file", "read_inside"]

_MODELS = frozenset({".pt2", ".onnx", ".safetensors", ".pt", ".pth"})
_HINT = "Give the name of a plain file inside the directory that the app was started with."
_MOST_LISTED = 500
_LONGEST = 1_000


def read_inside(directory: Path, name: str, most: int) -> bytes:
    """Return the content of the file `name` inside `directory`, which whoever looks on may ask for.

    Only a regular file with one name, below `directory` when all links are followed, of at most
    `most` bytes; no link at its end, no device, pipe, address or network share.

    Raises:
        ImportRefused: anything else.
    """
    _check_name(name)
    base = Path(os.path.realpath(directory))
    path = base / name
    if Path(os.path.realpath(path)) != Path(os.path.normpath(path)):
        _refuse(f"{name!r} is reached through a link")
    if not path.is_relative_to(base):
        _refuse(f"{name!r} lies outside the directory of models")
    return _content(path, most, one_name=True)


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a file that the caller of a program names; links are followed.

    Raises:
        ImportRefused: no regular file, or more than `most` bytes.
    """
    if "\0" in str(path):
        _refuse("a file name holds a zero byte")
    return _content(Path(os.path.realpath(path)), most, one_name=False)


def files_inside(directory: Path) -> tuple[str, ...]:
    """Return the model files right inside a directory, by name, 500 at most."""
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError:
        return ()
    return tuple(_offered(entries))[:_MOST_LISTED]


def _offered(entries: list["os.DirEntry[str]"]) -> Iterator[str]:
    for entry in entries:
        plain = entry.is_file(follow_symlinks=False) and entry.name.isprintable()
        if plain and Path(entry.name).suffix.lower() in _MODELS:
            yield entry.name


def _check_name(name: str) -> None:
    if not 0 < len(name) <= _LONGEST or not name.isprintable() or "\\" in name or ":" in name:
        _refuse(f"{name[:80]!r} is no file name")
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute():
        _refuse(f"{name[:80]!r} does not begin in the directory of models")
    if any(part in {"..", ""} for part in name.split("/")):
        _refuse(f"{name[:80]!r} leads out of the directory of models")


def _content(path: Path, most: int, *, one_name: bool) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - what was checked is what is read
            _check_file(path, os.fstat(file.fileno()), most, one_name=one_name)
            content = file.read(most + 1)
    except OSError as error:
        _refuse(f"{path.name!r} cannot be opened ({error.strerror or type(error).__name__})")
    if len(content) > most:
        _refuse(f"{path.name!r} has more than {most:,} bytes")
    return content


def _check_file(path: Path, found: os.stat_result, most: int, *, one_name: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        _refuse(f"{path.name!r} is no regular file")
    if one_name and found.st_nlink != 1:
        _refuse(f"{path.name!r} has a second name elsewhere")
    if found.st_size > most:
        _refuse(f"{path.name!r} has {found.st_size:,} bytes, more than {most:,}")


def _refuse(what: str) -> Never:
    raise ImportRefused(f"{what[0].upper()}{what[1:]}.", hint=_HINT)
