"""Files of this machine: which may be opened, and how without being led elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from explain.core.errors import ImportRefused

_MODELS = frozenset({".pt2", ".onnx", ".safetensors", ".pt", ".pth"})
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
        raise ImportRefused("loading.paths.through_link", name=name)
    if not path.is_relative_to(base):
        raise ImportRefused("loading.paths.outside", name=name)
    return _content(path, most, one_name=True)


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a file that the caller of a program names; links are followed.

    Raises:
        ImportRefused: no regular file, or more than `most` bytes.
    """
    if "\0" in str(path):
        raise ImportRefused("loading.paths.zero_byte")
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
        raise ImportRefused("loading.paths.no_name", name=name[:80])
    if PurePosixPath(name).is_absolute() or PureWindowsPath(name).is_absolute():
        raise ImportRefused("loading.paths.absolute", name=name[:80])
    if any(part in {"..", ""} for part in name.split("/")):
        raise ImportRefused("loading.paths.leads_out", name=name[:80])


def _content(path: Path, most: int, *, one_name: bool) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        with open(os.open(path, flags), "rb") as file:  # noqa: PTH123 - what was checked is what is read
            _check_file(path, os.fstat(file.fileno()), most, one_name=one_name)
            content = file.read(most + 1)
    except OSError as error:
        raise ImportRefused(
            "loading.paths.not_opened", name=path.name, cause=error.strerror or type(error).__name__
        ) from error
    if len(content) > most:
        raise ImportRefused("loading.paths.more_bytes", name=path.name, most=most)
    return content


def _check_file(path: Path, found: os.stat_result, most: int, *, one_name: bool) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise ImportRefused("loading.paths.no_regular_file", name=path.name)
    if one_name and found.st_nlink != 1:
        raise ImportRefused("loading.paths.second_name", name=path.name)
    if found.st_size > most:
        raise ImportRefused(
            "loading.paths.too_many_bytes", name=path.name, count=found.st_size, most=most
        )
