"""Bars that change with every move of the slider, as one HTML table."""

from explain.figures import (
    KEPT,
    REMOVED,
    Bar,
    Bars,
    Cell,
    Row,
    Stretch,
    Table,
    Text,
    Track,
    to_html,
)

_MOST = 20
"""Rows from which on the table scrolls by itself."""
_SCROLL = "max-height:420px;overflow-y:auto"
_LONG = 24
"""Characters of a name that are shown; the last ones say most."""
_ROUND = "border-radius:3px;"


def bar_table(bars: Bars) -> str:
    """Return the rows as a table: name, bar, value."""
    scale = Text(text=bars.scale, css="caption-side:bottom") if bars.scale else None
    found = to_html(Table(rows=tuple(map(_row, bars.rows)), caption=scale))
    return (
        found if len(bars.rows) <= _MOST else f'<div tabindex="0" style="{_SCROLL}">{found}</div>'
    )


def _row(bar: Bar) -> Row:
    name = Text(text=_short(bar.name), breaks=True)
    number = "text-align:right;font-variant-numeric:tabular-nums"
    return Row(
        head=Cell(parts=(name,), css="width:40%", title=bar.name),
        cells=(
            Cell(parts=(_bar(bar),), silent=True),
            Cell(parts=(Text(text=bar.text),), css=number),
        ),
    )


def _short(name: str) -> str:
    """Return a name, or the end of a long one from its last whole parts on."""
    if len(name) <= _LONG or "." not in name:
        return name
    parts = name.split(".")
    ends = (".".join(parts[at:]) for at in range(1, len(parts)))
    return "…" + next((end for end in ends if len(end) < _LONG), parts[-1])


def _bar(bar: Bar) -> Track:
    """Return a filled bar, or a dot on the line of its interval where there is one."""
    colour = REMOVED if bar.quiet else KEPT
    track, value = f"{_ROUND}min-width:60px", _share(bar.value)
    if bar.low is None or bar.high is None:
        filled = Stretch(start=0.0, end=value, css=f"{_ROUND}background:{colour}")
        return Track(marks=(filled,), ground=0.28, css=track)
    line = f"top:5px;height:2px;background:{REMOVED}"
    dot = f"top:1px;width:10px;height:10px;border-radius:50%;margin-left:-5px;background:{colour}"
    marks = (
        Stretch(start=_share(bar.low), end=_share(bar.high), css=line),
        Stretch(start=value, end=value, css=dot),
    )
    return Track(marks=marks, css=track)


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
