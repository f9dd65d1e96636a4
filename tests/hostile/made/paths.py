"""Paths that leave the folder of models, or are no files."""

import os
from pathlib import Path

from tests.hostile.record import Trap


def _outside(folder: Path) -> Path:
    outside = folder.parent / "outside.pt2"
    outside.write_bytes(b"secret")
    return outside


def _link(folder: Path) -> str:
    (folder / "model.pt2").symlink_to(_outside(folder))
    return "model.pt2"


def _link_inside(folder: Path) -> str:
    (folder / "other.pt2").write_bytes(b"x")
    (folder / "model.pt2").symlink_to(folder / "other.pt2")
    return "model.pt2"


def _linked_folder(folder: Path) -> str:
    away = folder.parent / "away"
    away.mkdir()
    (away / "model.pt2").write_bytes(b"secret")
    (folder / "inner").symlink_to(away)
    return "inner/model.pt2"


def _hard_link(folder: Path) -> str:
    os.link(_outside(folder), folder / "model.pt2")
    return "model.pt2"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "model.pt2")
    return "model.pt2"


def _folder(folder: Path) -> str:
    (folder / "model.pt2").mkdir()
    return "model.pt2"


def _climb(folder: Path) -> str:
    _outside(folder)
    return "../outside.pt2"


def _absolute(folder: Path) -> str:
    return str(_outside(folder))


def _twin(folder: Path) -> str:
    twin = folder.with_name(f"{folder.name}-twin")
    twin.mkdir()
    (twin / "model.pt2").write_bytes(b"secret")
    return str(twin / "model.pt2")


def _large(folder: Path) -> str:
    with (folder / "model.pt2").open("wb") as file:
        file.truncate(10**12)
    return "model.pt2"


def _typed(text: str):
    return lambda _: text


TRAPS: tuple[Trap, ...] = (
    Trap(key="link", row="paths", attack="a link to a file outside", lay=_link, says=()),
    Trap(
        key="link-inside", row="paths", attack="a link to a file inside", lay=_link_inside, says=()
    ),
    Trap(key="linked-folder", row="paths", attack="a linked folder", lay=_linked_folder, says=()),
    Trap(key="hard-link", row="paths", attack="a second name of a file", lay=_hard_link, says=()),
    Trap(key="pipe", row="paths", attack="a pipe that nobody writes to", lay=_pipe, says=()),
    Trap(key="folder", row="paths", attack="a folder", lay=_folder, says=()),
    Trap(key="climb", row="paths", attack="a path that climbs", lay=_climb, says=()),
    Trap(key="absolute", row="paths", attack="an absolute path", lay=_absolute, says=()),
    Trap(key="twin", row="paths", attack="a folder whose name begins alike", lay=_twin, says=()),
    Trap(key="large", row="paths", attack="a file of a terabyte of holes", lay=_large, says=()),
    Trap(key="zero", row="paths", attack="a device without end", lay=_typed("/dev/zero"), says=()),
    Trap(key="memory", row="paths", attack="a process", lay=_typed("/proc/self/mem"), says=()),
    Trap(
        key="url", row="paths", attack="an address", lay=_typed("http://example.com/m.pt2"), says=()
    ),
    Trap(
        key="file-url",
        row="paths",
        attack="an address of a file",
        lay=_typed("file:///etc/passwd"),
        says=(),
    ),
    Trap(
        key="share",
        row="paths",
        attack="a share of another machine",
        lay=_typed("\\\\host\\share\\m.pt2"),
        says=(),
    ),
    Trap(
        key="nul", row="paths", attack="a zero in the path", lay=_typed("model.pt2\0.txt"), says=()
    ),
    Trap(
        key="long",
        row="paths",
        attack="a path of 100,000 letters",
        lay=_typed("a" * 100_000),
        says=(),
    ),
    Trap(key="home", row="paths", attack="somebody's home", lay=_typed("~/model.pt2"), says=()),
)
