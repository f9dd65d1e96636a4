"""Hostile tables: CSV of numbers, and of texts."""

import gzip
from collections.abc import Callable
from pathlib import Path

from tests.hostile.parts.zips import Entry, deflated_zeros, zipped
from tests.hostile.record import Hostile

_HEAD = "a,b,c,d,e,f,label\n"
_ROWS = "1,2,3,4,5,6,x\n2,3,4,5,6,7,y\n3,4,5,6,7,8,z\n"
_GOOD = _HEAD + _ROWS * 4
_FORMULAS = ('=HYPERLINK("http://example.com")', "+cmd|' /C calc'!A0", "@SUM(1)", "\t=1+1")


def _text(text: str, encoding: str = "utf-8") -> Callable[[Path], bytes]:
    return lambda _: text.encode(encoding)


def _wide(_: Path) -> bytes:
    names = ",".join(f"c{number}" for number in range(2_001))
    return f"{names}\n{','.join('1' for _ in range(2_001))}\n".encode()


def _long(_: Path) -> bytes:
    return (_HEAD + "1,2,3,4,5,6,x\n" * 200_001).encode()


def _workbook(_: Path) -> bytes:
    sheet = b"<worksheet/>"
    return zipped(
        [
            Entry(name="[Content_Types].xml", data=b"<Types/>"),
            Entry(name="xl/worksheets/sheet1.xml", data=sheet),
        ]
    )


def _packed_gzip(_: Path) -> bytes:
    block = gzip.compress(b"1,2,3,4,5,6,x\n" * 100_000, mtime=0)
    return gzip.compress(_HEAD.encode(), mtime=0) + block * 100


def _formula_rows(_: Path) -> bytes:
    cells = [cell.replace('"', '""') for cell in _FORMULAS]
    rows = "".join(f'1,2,3,4,5,6,"{cell}"\n2,2,3,4,5,6,"{cell}"\n' for cell in cells)
    return (_HEAD + rows).encode()


_TEXT_CARD = {"schema": 1, "modality": "text", "preprocess": {"length": 16}}


TABLES: tuple[Hostile, ...] = (
    Hostile(
        key="csv-gzip",
        row="csv-packed",
        door="table",
        attack="a packed table of 140 MB in 1 MB",
        make=_packed_gzip,
        says=("compress",),
    ),
    Hostile(
        key="csv-zip",
        row="csv-packed",
        door="table",
        attack="a table in an archive that unpacks to 2 GB",
        make=lambda _: zipped([deflated_zeros("table.csv", 2 << 30)]),
    ),
    Hostile(
        key="csv-workbook",
        row="csv-packed",
        door="table",
        attack="a workbook under the name of a table",
        make=_workbook,
    ),
    Hostile(
        key="csv-ragged-long",
        row="csv-shape",
        door="table",
        attack="rows with more cells than names, which pandas shifts",
        make=_text(_HEAD + _ROWS + "9,9,1,2,3,4,5,6,x\n"),
        says=("row",),
    ),
    Hostile(
        key="csv-ragged-short",
        row="csv-shape",
        door="table",
        attack="a row that ends early",
        make=_text(_HEAD + _ROWS + "1,2\n"),
        says=("row",),
    ),
    Hostile(
        key="csv-two-names",
        row="csv-shape",
        door="table",
        attack="two columns of one name",
        make=_text("a,a,b,c,d,e,label\n" + _ROWS),
        says=("twice",),
    ),
    Hostile(
        key="csv-no-name",
        row="csv-shape",
        door="table",
        attack="a column without a name",
        make=_text(",b,c,d,e,f,label\n" + _ROWS),
    ),
    Hostile(
        key="csv-semicolons",
        row="csv-shape",
        door="table",
        attack="semicolons and decimal commas",
        make=_text(_GOOD.replace(",", ";").replace("3;4", "3,5;4,5")),
    ),
    Hostile(
        key="csv-utf16",
        row="csv-shape",
        door="table",
        attack="UTF-16 as spreadsheets write it",
        make=_text(_GOOD, "utf-16"),
    ),
    Hostile(
        key="csv-latin-1",
        row="csv-shape",
        door="table",
        attack="letters of another encoding",
        make=_text(_GOOD.replace("x\n", "größe\n"), "latin-1"),
    ),
    Hostile(
        key="csv-nul",
        row="csv-shape",
        door="table",
        attack="zeros between the letters",
        make=_text(_HEAD + _ROWS.replace("x", "x\0y")),
    ),
    Hostile(
        key="csv-quote-open",
        row="csv-shape",
        door="table",
        attack="a quote that nobody closes",
        make=_text(_HEAD + '1,2,3,4,5,6,"x\n' + _ROWS * 100),
    ),
    Hostile(
        key="csv-cell-large",
        row="csv-shape",
        door="table",
        attack="a cell of 5 MB",
        make=_text(_HEAD + "1,2,3,4,5,6," + "x" * 5_000_000 + "\n"),
    ),
    Hostile(
        key="csv-number-long",
        row="csv-shape",
        door="table",
        attack="a number of 100,000 digits",
        make=_text(_HEAD + "1,2,3,4,5," + "9" * 100_000 + ",x\n"),
    ),
    Hostile(
        key="csv-infinite",
        row="csv-shape",
        door="table",
        attack="infinities and missing numbers everywhere",
        make=_text(_HEAD + "inf,nan,,-inf,NA,1e999,x\n" * 6),
    ),
    Hostile(
        key="csv-wide",
        row="csv-shape",
        door="table",
        attack="2,001 columns",
        make=_wide,
        says=("2,000",),
    ),
    Hostile(
        key="csv-long",
        row="csv-shape",
        door="table",
        attack="200,001 rows",
        make=_long,
        says=("200,000",),
    ),
    Hostile(
        key="csv-head-only",
        row="csv-shape",
        door="table",
        attack="names and no rows",
        make=_text(_HEAD),
        says=("row",),
    ),
    Hostile(
        key="csv-classes",
        row="csv-shape",
        door="table",
        attack="a class for every row",
        make=_text(_HEAD + "".join(f"1,2,3,4,5,6,k{n}\n" for n in range(1_500))),
    ),
    Hostile(
        key="csv-formula-labels",
        row="csv-formulas",
        door="table",
        attack="classes that a spreadsheet would run",
        make=_formula_rows,
    ),
    Hostile(
        key="csv-formula-names",
        row="csv-formulas",
        door="table",
        attack="columns that a spreadsheet would run",
        make=_text('"=cmd|x","+b","-c","@d",e,f,label\n' + _ROWS * 4),
    ),
    Hostile(
        key="csv-formula-texts",
        row="csv-formulas",
        door="texts",
        attack="texts that a spreadsheet would run",
        make=_text('text,label\n"=HYPERLINK(""http://example.com"")",a\n+1+1,b\n'),
        card=_TEXT_CARD,
    ),
    Hostile(
        key="csv-markup",
        row="markup",
        door="table",
        attack="classes and columns that a page would render",
        make=_text(
            "![](http://example.com/a.png),<img src=x>,c,d,e,f,label\n"
            + _ROWS.replace("x\n", "<script>alert(1)</script>\n") * 4
        ),
    ),
    Hostile(
        key="csv-text-long",
        row="csv-shape",
        door="texts",
        attack="a text of a million words",
        make=_text("text,label\n" + "word " * 1_000_000 + ",a\nshort,b\n"),
        card=_TEXT_CARD,
    ),
    Hostile(
        key="csv-text-marks",
        row="csv-shape",
        door="texts",
        attack="texts of combining marks and of directions",
        make=_text("text,label\na" + "\u0301" * 50_000 + ",a\n\u202e\u2066b,b\n"),
        card=_TEXT_CARD,
    ),
)
