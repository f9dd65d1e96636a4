"""Hostile archives of pictures."""

import stat
from collections.abc import Callable
from pathlib import Path

from tests.hostile.made.images import good_picture
from tests.hostile.parts.zips import DEFLATED, Entry, deflated_zeros, zipped
from tests.hostile.record import Hostile


def _good() -> list[Entry]:
    return [
        Entry(name=f"{label}/{number}.png", data=good_picture(number))
        for label in ("a", "b")
        for number in range(3)
    ]


def good_pictures() -> bytes:
    """Return an archive of two classes that is taken."""
    return zipped(_good())


def _with(*entries: Entry) -> Callable[[Path], bytes]:
    return lambda _: zipped([*_good(), *entries])


def _called(name: str) -> Callable[[Path], bytes]:
    return lambda _: zipped([*_good(), Entry(name=name, data=good_picture(9))])


def _overlapping(_: Path) -> bytes:
    """Return 500 names for the same bytes."""
    first = Entry(name="a/0.png", data=good_picture())
    names = [f"a/{number}.png" for number in range(1, 500)]
    copies = [Entry(name=name, data=first.data, offset=0, only_in_directory=True) for name in names]
    return zipped([first, *copies])


def _inside_each_other(_: Path) -> bytes:
    """Return an entry whose bytes hold the next entry whole."""
    inner = zipped([Entry(name="a/1.png", data=good_picture())])
    size = inner.index(b"PK\1\2")
    outer = Entry(name="a/0.png", data=inner[:size])
    shown = Entry(name="a/1.png", data=good_picture(), offset=37, only_in_directory=True)
    return zipped([outer, shown])


def _same_name(_: Path) -> bytes:
    first = Entry(name="a/0.png", data=good_picture())
    again = Entry(name="a/0.png", data=first.data, offset=0, only_in_directory=True)
    return zipped([first, *[again] * 400])


def _folders(*names: str) -> Callable[[Path], bytes]:
    return lambda _: zipped(
        Entry(name=f"{name}/{number}.png", data=good_picture(number))
        for name in names
        for number in range(3)
    )


ZIPS: tuple[Hostile, ...] = (
    Hostile(
        key="zip-slip",
        row="zip-names",
        door="images",
        attack="a name that climbs out of the folder",
        make=_called("../../evil.png"),
        says=("path",),
    ),
    Hostile(
        key="zip-absolute",
        row="zip-names",
        door="images",
        attack="an absolute name",
        make=_called("/etc/evil.png"),
        says=("path",),
    ),
    Hostile(
        key="zip-drive",
        row="zip-names",
        door="images",
        attack="a name on a drive",
        make=_called("C:/evil.png"),
        says=("path",),
    ),
    Hostile(
        key="zip-backslash",
        row="zip-names",
        door="images",
        attack="a name that climbs by backslashes",
        make=_called("a\\..\\..\\evil.png"),
        says=("path",),
    ),
    Hostile(
        key="zip-nul",
        row="zip-names",
        door="images",
        attack="a name with a zero inside",
        make=_called("a/good.png\0.exe"),
        says=("name",),
    ),
    Hostile(
        key="zip-name-long",
        row="zip-names",
        door="images",
        attack="a name of 300 letters",
        make=_called("a/" + "n" * 300 + ".png"),
        says=("name",),
    ),
    Hostile(
        key="zip-link",
        row="zip-names",
        door="images",
        attack="a link to a file outside",
        make=_with(
            Entry(name="a/link.png", data=b"/etc/passwd", attributes=(stat.S_IFLNK | 0o777) << 16)
        ),
        says=("link",),
    ),
    Hostile(
        key="zip-bomb",
        row="zip-bombs",
        door="images",
        attack="2 GB in 2 MB",
        make=_with(deflated_zeros("a/bomb.png", 2 << 30)),
        says=("unpack",),
    ),
    Hostile(
        key="zip-many-bombs",
        row="zip-bombs",
        door="images",
        attack="twenty entries of 100 MB each",
        make=lambda _: zipped(deflated_zeros(f"a/{n}.png", 100 << 20) for n in range(20)),
        says=("unpack",),
    ),
    Hostile(
        key="zip-overlap",
        row="zip-bombs",
        door="images",
        attack="500 names for the same bytes",
        make=_overlapping,
    ),
    Hostile(
        key="zip-quoted",
        row="zip-bombs",
        door="images",
        attack="an entry inside the bytes of another",
        make=_inside_each_other,
        says=("overlap",),
    ),
    Hostile(
        key="zip-same-name",
        row="zip-bombs",
        door="images",
        attack="400 entries of one name",
        make=_same_name,
    ),
    Hostile(
        key="zip-many",
        row="zip-bombs",
        door="images",
        attack="120,000 empty entries",
        make=lambda _: zipped(Entry(name=f"a/{number}") for number in range(120_000)),
        says=("5,000",),
    ),
    Hostile(
        key="zip-liar",
        row="zip-bombs",
        door="images",
        attack="an entry that states ten bytes and holds 100 MB",
        make=lambda _: zipped(
            [
                *_good(),
                Entry(
                    name="a/liar.png",
                    packed=deflated_zeros("x", 100 << 20).stored,
                    method=DEFLATED,
                    size=10,
                ),
            ]
        ),
    ),
    Hostile(
        key="zip-locked",
        row="zip-contents",
        door="images",
        attack="an encrypted entry",
        make=_with(Entry(name="a/locked.png", data=bytes(40), flags=1)),
        says=("encrypted",),
    ),
    Hostile(
        key="zip-nested",
        row="zip-contents",
        door="images",
        attack="an archive in an archive",
        make=_with(Entry(name="a/more.zip", data=zipped([]))),
        says=("archive",),
    ),
    Hostile(
        key="zip-junk",
        row="zip-contents",
        door="images",
        attack="what operating systems leave behind",
        make=_with(
            Entry(name="__MACOSX/a/._0.png", data=b"\0\5\x16\7"),
            Entry(name="a/.DS_Store", data=b"\0\0\0\1Bud1"),
            Entry(name="Thumbs.db", data=b"\xd0\xcf\x11\xe0"),
            Entry(name="readme.txt", data=b"hello"),
        ),
    ),
    Hostile(
        key="zip-twins",
        row="zip-contents",
        door="images",
        attack="folders that differ by case alone",
        make=_folders("Cat", "cat"),
    ),
    Hostile(
        key="zip-markup",
        row="markup",
        door="images",
        attack="folders that a page would render",
        make=_folders("![](http:example.com)", "<img src=x onerror=alert(1)>"),
    ),
    Hostile(
        key="zip-formula",
        row="csv-formulas",
        door="images",
        attack="folders that a spreadsheet would run",
        make=_folders("=1+1", "@SUM(1)", "+cmd"),
    ),
    Hostile(
        key="zip-classes",
        row="zip-contents",
        door="images",
        attack="1,001 folders",
        make=lambda _: zipped(
            Entry(name=f"class{number}/0.png", data=good_picture()) for number in range(1_001)
        ),
        says=("1,000",),
    ),
    Hostile(
        key="zip-pictures-none",
        row="zip-contents",
        door="images",
        attack="folders without pictures",
        make=lambda _: zipped([Entry(name="a/"), Entry(name="b/"), Entry(name="b/x.txt")]),
    ),
    Hostile(
        key="zip-method",
        row="zip-contents",
        door="images",
        attack="a compression that nobody expects",
        make=_with(Entry(name="a/odd.png", data=bytes(40), method=12)),
        says=("compression",),
    ),
)
