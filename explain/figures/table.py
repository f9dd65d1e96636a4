"""Tables as plain HTML that follow the slider: texts, bars, intervals and chips in cells.

Every text is escaped here, and here alone. `css` is style that our own code writes, never data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from explain.figures.chart import REMOVED, SMALL, Look, css, shade
from explain.figures.marks import glyph

NUMBER = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_PLAIN = 'style="border:0"'
_TABLE = f"border-collapse:collapse;{SMALL};border:0"
_HEAD = "font-weight:400;text-align:left"
_ASIDE = "display:flex;flex-wrap:wrap;align-items:center;gap:0 8px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a bar, or the line of an interval, in shares 0..1 of the track."""

    start: float
    end: float
    css: str
    """Its colour, and where it is not as high as the track its top and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Marks on a track, `height` pixels high; `ground` is the strength of the track's grey."""

    marks: tuple[Stretch, ...]
    height: int = 12
    ground: float = 0.12
    css: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A small square of a colour before a name."""

    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text; with a style it has a line of its own. Names may break after their dots.

    `look`: the network that it names, whose mark stands before it.
    """

    text: str
    css: str = ""
    breaks: bool = False
    look: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """A small picture as a data URI; what it shows is said elsewhere in its row."""

    uri: str
    pixels: int = 40


Part = Track | Chip | Text | Thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell, from its top to its bottom; `title` is said on pointing at it.

    `aside`: the parts stand beside each other. `silent`: screen readers pass it by, since another
    cell says the same in words. `pick`: the cell is a button that sends this word; `chosen`: it is
    pressed.
    """

    parts: tuple[Part, ...] = ()
    css: str = ""
    title: str = ""
    aside: bool = False
    silent: bool = False
    pick: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its head, and its cells."""

    head: Cell
    cells: tuple[Cell, ...]
    css: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under the heads of their columns; a head without parts is an empty corner."""

    rows: tuple[Row, ...]
    columns: Sequence[Cell] = ()
    cell: str = "padding:3px 8px 3px 0;border:0;overflow-wrap:anywhere;vertical-align:middle"
    """The style that all cells share."""
    css: str = "width:100%"
    caption: Text | None = None
    mark: tuple[str, str] | None = None
    """Name and value of a data attribute, by which pages and tests find it."""


def diverging(value: float, largest: float, colour: str, css: str = "") -> Stretch:
    """Return the mark from the middle to a value, `largest` at either end of the track."""
    at = place_on_track(value, largest)
    return Stretch(start=min(0.5, at), end=max(0.5, at), css=f"{css}background:{colour}")


def place_on_track(value: float, largest: float) -> float:
    """Return where a value stands on such a track, 0..1."""
    return 0.5 + 0.5 * max(-1.0, min(1.0, value / largest if largest else 0.0))


def to_html(table: Table) -> str:
    """Return a table as HTML: one head cell a row and a column, each with its scope."""
    mark = "" if table.mark is None else f' data-{escape(table.mark[0])}="{escape(table.mark[1])}"'
    heads = "".join(_column(cell, table.cell) for cell in table.columns)
    head = f"<thead><tr {_PLAIN}>{heads}</tr></thead>" if heads else ""
    rows = "".join(_row(row, table.cell) for row in table.rows)
    return (
        f'<table{mark} style="{_style(_TABLE, table.css)}">'
        f"{_caption(table.caption)}{head}<tbody>{rows}</tbody></table>"
    )


def _caption(caption: Text | None) -> str:
    if caption is None:
        return ""
    return f'<caption style="{escape(caption.css)}">{_text(caption)}</caption>'


def _column(cell: Cell, css: str) -> str:
    if not cell.parts:
        return f"<td {_PLAIN}></td>"
    return f'<th scope="col"{_title(cell)} style="{_style(css, cell.css)}">{_parts(cell)}</th>'


def _row(row: Row, css: str) -> str:
    cells = "".join(_cell(cell, css) for cell in row.cells)
    return (
        f'<tr style="{_style("border:0", row.css)}"><th scope="row"{_title(row.head)} '
        f'style="{_style(css, _HEAD, row.head.css)}">{_parts(row.head)}</th>{cells}</tr>'
    )


def _cell(cell: Cell, css: str) -> str:
    hidden = ' aria-hidden="true"' if cell.silent else ""
    return f'<td{_title(cell)}{hidden} style="{_style(css, cell.css)}">{_parts(cell)}</td>'


def _style(*styles: str) -> str:
    return escape(";".join(filter(None, styles)))


def _title(cell: Cell) -> str:
    return f' title="{escape(cell.title)}"' if cell.title else ""


def _parts(cell: Cell) -> str:
    inside = "".join(_part(part) for part in cell.parts)
    if cell.aside:
        inside = f'<div style="{_ASIDE}">{inside}</div>'
    if not cell.pick:
        return inside
    pressed = "true" if cell.chosen else "false"
    return (
        f'<button type="button" data-pick="{escape(cell.pick)}" '
        f'aria-pressed="{pressed}">{inside}</button>'
    )


def _part(part: Part) -> str:
    if isinstance(part, Track):
        return _bar(part)
    if isinstance(part, Chip):
        return (
            '<span style="display:inline-block;width:10px;height:10px;border-radius:2px;'
            f'background:{escape(part.colour)};margin-right:6px"></span>'
        )
    if isinstance(part, Thumbnail):
        size = f'width="{part.pixels:d}" height="{part.pixels:d}"'
        return f'<img src="{escape(part.uri)}" alt="" {size} style="image-rendering:pixelated">'
    return f'<div style="{escape(part.css)}">{_text(part)}</div>' if part.css else _text(part)


def _text(part: Text) -> str:
    text = escape(part.text)
    if part.breaks:
        text = text.replace(".", ".<wbr>").replace("_", "_<wbr>")
    return text if part.look is None else f"{glyph(part.look)}{text}"


def _bar(bar: Track) -> str:
    marks = "".join(
        f'<div style="position:absolute;top:0;height:{bar.height:d}px;'
        f"left:{css(100 * mark.start)}%;width:{css(100 * (mark.end - mark.start))}%;"
        f'{escape(mark.css)}"></div>'
        for mark in bar.marks
    )
    return (
        f'<div aria-hidden="true" style="position:relative;height:{bar.height:d}px;'
        f'background:{shade(REMOVED, bar.ground)};{escape(bar.css)}">{marks}</div>'
    )
