"""Tables of modules as plain HTML: they follow the slider at next to no cost for the browser."""

from dataclasses import replace

from explain.core.messages import say, signed
from explain.figures import (
    NEGATIVE,
    NUMBER,
    POSITIVE,
    REMOVED,
    SMALL,
    Cell,
    Chip,
    Interval,
    Look,
    ModulePairs,
    ModuleRow,
    ModuleTable,
    PairCell,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    diverging,
    marks,
    place_on_track,
    shade,
    to_html,
)

_CELL = "padding:4px 8px 4px 0;border:0;vertical-align:middle"
_NAME, _PAIR = 130, 58
"""Pixels that a name and a pair of modules need."""
_COLUMNS = {
    "module": "left",
    "connections": "left",
    "dense": "center",
    "pruned": "center",
    "change": "center",
    "alone": "right",
}
"""Columns of the table and how they are aligned."""
_NETWORKS: dict[str, Look] = {"dense": "dense", "pruned": "pruned"}


def contribution_table(found: ModuleTable, picked: int | None) -> str:
    """Return the modules: what is left of their connections, and what they add three times."""
    drawn = Table(
        columns=[
            Cell(
                parts=(
                    Text(text=say("modules.table.column", column=name), look=_NETWORKS.get(name)),
                ),
                css=f"text-align:{side};font-weight:400",
            )
            for name, side in _COLUMNS.items()
        ],
        rows=tuple(_row(row, found, picked) for row in found.rows),
        cell=_CELL,
        mark=("modules", "table"),
    )
    return f'<div style="overflow-x:auto">{to_html(drawn)}</div>'


def _text(text: str, css: str = "", title: str = "") -> Cell:
    return Cell(parts=(Text(text=text),), css=css, title=title)


def _row(row: ModuleRow, found: ModuleTable, picked: int | None) -> Row:
    parts = (
        Chip(colour=row.colour),
        Text(text=row.name, breaks=True),
        Text(text=say("modules.table.units", n=row.units), css=f"{SMALL};opacity:.8"),
    )
    changed = row.change.apart and not found.certain
    values = (
        *(_value(part, found, strong=False) for part in (row.dense, row.pruned)),
        _value(row.change, found, strong=changed),
    )
    return Row(
        head=Cell(parts=parts, css="min-width:110px"),
        cells=(_kept(row), *values, _alone(row)),
        css=f"background:{shade(REMOVED, 0.16)}" if row.number == picked else "",
    )


def _alone(row: ModuleRow) -> Cell:
    before, after = (Text(text=signed(value), css=NUMBER) for value in row.alone)
    return Cell(
        parts=(before, replace(after, text=f"→ {after.text}")),
        css=f"{NUMBER};{SMALL}",
        title=say("modules.table.alone"),
    )


def _kept(row: ModuleRow) -> Cell:
    css = f"border-radius:3px;{marks.bar_css('pruned')}"
    mark = Stretch(start=0.0, end=row.kept_share, css=css)
    return Cell(
        parts=(
            Track(marks=(mark,), height=8, ground=0.28, css="border-radius:3px"),
            Text(text=say("modules.table.kept", kept=row.kept_share), css=SMALL),
        ),
        css="min-width:72px",
        title=say("modules.table.connections_kept", kept=row.kept, there=row.connections),
    )


def _value(part: Interval, found: ModuleTable, *, strong: bool) -> Cell:
    spread = "" if found.certain else f" [{signed(part.low)}, {signed(part.high)}]"
    weight = f"text-align:center;font-weight:{600 if strong else 400}"
    return Cell(
        parts=(
            _bar(part, found.largest, certain=found.certain),
            Text(text=signed(part.value), css=f"{NUMBER};{weight}"),
        ),
        css="min-width:84px",
        title=signed(part.value) + spread,
    )


def _bar(part: Interval, largest: float, *, certain: bool) -> Track:
    """Return a bar from the middle, with a line for its interval."""
    colour = POSITIVE if part.value >= 0 else NEGATIVE
    low, high = (place_on_track(end, largest) for end in (part.low, part.high))
    line = Stretch(
        start=low, end=high, css="top:5px;height:2px;background:currentColor;opacity:.75"
    )
    middle = Stretch(start=0.5, end=0.5, css=f"width:1px;background:{shade(REMOVED, 0.9)}")
    filled = diverging(part.value, largest, colour, "top:2px;height:8px;")
    return Track(marks=(filled, middle) if certain else (filled, line, middle))


def pairs(found: ModulePairs) -> str:
    """Return both heat maps, each pair once, side by side, below each other where narrow."""
    sides = "".join(
        _side(found, title, cells, look)
        for look, (title, cells) in zip(marks.SIDES, found.sides, strict=False)
    )
    return (
        '<div data-modules="pairs" style="display:grid;gap:16px;grid-template-columns:'
        f'repeat(auto-fit,minmax(min(100%,{_NAME + _PAIR * len(found.names)}px),1fr))">'
        f"{sides}</div>"
    )


def _side(
    found: ModulePairs,
    title: str,
    cells: tuple[tuple[PairCell | None, ...], ...],
    look: Look | None,
) -> str:
    drawn = Table(
        columns=[Cell(), *(_text(name, _NUMBERED) for name in found.names[:-1])],
        rows=tuple(
            Row(
                head=Cell(parts=(Text(text=name, breaks=True),), css="text-align:right"),
                cells=tuple(map(_pair, row[:at])),
            )
            for at, (name, row) in enumerate(zip(found.names[1:], cells[1:], strict=True), 1)
        ),
        cell=_CELL,
        css="width:auto",
        caption=Text(text=title, css="text-align:left;padding:0 0 4px", look=look),
    )
    return f'<div style="overflow-x:auto">{to_html(drawn)}</div>'


_NUMBERED = "font-weight:400;padding:2px"


def _pair(cell: PairCell | None) -> Cell:
    if cell is None:
        return Cell()
    colour = shade(POSITIVE if cell.share >= 0 else NEGATIVE, round(0.6 * abs(cell.share), 3))
    style = (
        f"border:1px solid {shade(REMOVED, 0.25)};padding:4px 2px;text-align:center;"
        f"background:{colour};font-weight:{600 if cell.apart else 400};"
        f"font-variant-numeric:tabular-nums;{SMALL}"
    )
    return _text(cell.text, style, cell.told)
