"""Tables of modules as plain HTML: they follow the slider at next to no cost for the browser."""

from html import escape

from explain.figures import (
    KEPT,
    NEGATIVE,
    POSITIVE,
    REMOVED,
    Interval,
    ModulePairs,
    ModuleRow,
    ModuleTable,
    PairCell,
    count,
    shade,
    share,
    signed,
)

__all__ = ["pairs", "table"]

_TABLE = "width:100%;border-collapse:collapse;font-size:.85rem;border:0"
_CELL = "padding:4px 8px 4px 0;border:0;vertical-align:middle"
_NUMBER = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_NAME, _PAIR = 130, 58
"""Pixels that a name and a pair of modules need."""
_TITLES = ("dense", "pruned", "change")


def table(found: ModuleTable, picked: int | None) -> str:
    """Return the modules: what is left of their connections, and what they add three times."""
    heads = "".join(
        f'<th scope="col" style="{_CELL};text-align:{side};font-weight:400">{title}</th>'
        for title, side in (
            ("module", "left"),
            ("connections", "left"),
            *((t, "center") for t in _TITLES),
            ("hidden alone", "right"),
        )
    )
    rows = "".join(_row(row, found, picked) for row in found.rows)
    return (
        f'<div style="overflow-x:auto"><table data-modules="table" style="{_TABLE}"><thead>'
        f'<tr style="border:0">{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(row: ModuleRow, found: ModuleTable, picked: int | None) -> str:
    chip = (
        f'<span style="display:inline-block;width:10px;height:10px;border-radius:2px;'
        f'background:{escape(row.colour)};margin-right:6px"></span>'
    )
    back = f"background:{shade(REMOVED, 0.16)}" if row.number == picked else ""
    units = f"{count(row.units)} unit{'s' if row.units != 1 else ''}"
    cells = "".join(
        _value(part, found, strong=title == "change" and part.apart and not found.certain)
        for title, part in zip(_TITLES, (row.dense, row.pruned, row.change), strict=True)
    )
    return (
        f'<tr style="border:0;{back}"><th scope="row" style="{_CELL};text-align:left;'
        f'font-weight:400;min-width:110px">{chip}{_breakable(row.name)}'
        f'<div style="font-size:.75rem;opacity:.8">{units}</div></th>'
        f"{_kept(row)}{cells}{_alone(row)}</tr>"
    )


def _alone(row: ModuleRow) -> str:
    before, after = (escape(signed(value)) for value in row.alone)
    return (
        f'<td title="What is lost when this module alone is hidden" style="{_CELL};{_NUMBER};'
        f'font-size:.78rem">{before}<br>→ {after}</td>'
    )


def _breakable(name: str) -> str:
    return escape(name).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _kept(row: ModuleRow) -> str:
    title = f"{count(row.kept)} of {count(row.connections)} kept"
    return (
        f'<td title="{title}" style="{_CELL};min-width:72px"><div style="position:relative;'
        f'height:8px;border-radius:3px;background:{shade(REMOVED, 0.28)}"><div style="height:100%;'
        f"border-radius:3px;background:{KEPT};width:{row.kept_share:.2%}"
        f'"></div></div><div style="font-size:.75rem">{share(row.kept_share)} kept</div></td>'
    )


def _value(part: Interval, found: ModuleTable, *, strong: bool) -> str:
    spread = "" if found.certain else f" [{signed(part.low)}, {signed(part.high)}]"
    weight = "600" if strong else "400"
    return (
        f'<td title="{escape(signed(part.value) + spread)}" style="{_CELL};min-width:84px">'
        f"{_bar(part, found.largest, certain=found.certain)}"
        f'<div style="{_NUMBER};text-align:center;font-weight:{weight}">'
        f"{escape(signed(part.value))}</div></td>"
    )


def _bar(part: Interval, largest: float, *, certain: bool) -> str:
    """Return a bar from the middle, with a line for its interval."""
    zero, at = 0.5, _place(part.value, largest)
    low, high = min(zero, at), max(zero, at)
    colour = POSITIVE if part.value >= 0 else NEGATIVE
    bar = (
        f'<div style="position:absolute;top:2px;height:8px;left:{low:.2%};'
        f'width:{high - low:.2%};background:{colour}"></div>'
    )
    first, last = _place(part.low, largest), _place(part.high, largest)
    line = (
        f'<div style="position:absolute;top:5px;height:2px;left:{first:.2%};'
        f'width:{last - first:.2%};background:currentColor;opacity:.75"></div>'
    )
    return (
        '<div aria-hidden="true" style="position:relative;height:12px;'
        f'background:{shade(REMOVED, 0.12)}">{bar}{"" if certain else line}'
        f'<div style="position:absolute;left:50%;top:0;height:12px;width:1px;'
        f'background:{shade(REMOVED, 0.9)}"></div></div>'
    )


def _place(value: float, largest: float) -> float:
    share_of = value / largest if largest else 0.0
    return 0.5 + 0.5 * max(-1.0, min(1.0, share_of))


def pairs(found: ModulePairs) -> str:
    """Return both heat maps, side by side, below each other where narrow."""
    sides = "".join(_side(found, title, cells) for title, cells in found.sides)
    return (
        '<div data-modules="pairs" style="display:grid;gap:16px;grid-template-columns:'
        f'repeat(auto-fit,minmax(min(100%,{_NAME + _PAIR * len(found.names)}px),1fr))">'
        f"{sides}</div>"
    )


def _side(found: ModulePairs, title: str, cells: tuple[tuple[PairCell | None, ...], ...]) -> str:
    numbers = [str(at + 1) for at in range(len(found.names))]
    head = "".join(
        f'<th scope="col" title="{escape(name)}" style="border:0;font-weight:400;padding:2px">'
        f"{number}</th>"
        for number, name in zip(numbers, found.names, strict=True)
    )
    rows = "".join(
        f'<tr style="border:0"><th scope="row" style="{_CELL};text-align:left;font-weight:400;'
        f'min-width:{_NAME - 20}px">{number} {_breakable(name)}</th>'
        + "".join(_pair(cell) for cell in row)
        + "</tr>"
        for number, name, row in zip(numbers, found.names, cells, strict=True)
    )
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}"><caption style="text-align:left;'
        f'padding:0 0 4px">{escape(title)}</caption><thead><tr style="border:0"><td '
        f'style="border:0"></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _pair(cell: PairCell | None) -> str:
    if cell is None:
        return '<td style="border:0"></td>'
    colour = shade(POSITIVE if cell.share >= 0 else NEGATIVE, round(0.6 * abs(cell.share), 3))
    weight = "600" if cell.apart else "400"
    return (
        f'<td title="{escape(cell.told)}" style="border:1px solid {shade(REMOVED, 0.25)};'
        f"padding:4px 2px;text-align:center;background:{colour};font-weight:{weight};"
        f'font-variant-numeric:tabular-nums;font-size:.78rem">{escape(cell.text)}</td>'
    )
