"""Bars that change with every move of the slider, as one HTML table."""

from html import escape

from explain.figures import KEPT, REMOVED, Bar, Bars, shade

__all__ = ["table"]

_CELL = "padding:3px 8px 3px 0;border:0;overflow-wrap:anywhere"
_MOST = 20
"""Rows from which on the table scrolls by itself."""
_SCROLL = "max-height:420px;overflow-y:auto"
_LONG = 24
"""Characters of a name that are shown; the last ones say most."""
_TRACK = "position:relative;height:12px;border-radius:3px;min-width:60px"


def table(bars: Bars) -> str:
    """Return the rows as a table: name, bar, value."""
    rows = "".join(_row(bar) for bar in bars.rows)
    scale = f'<caption style="caption-side:bottom">{escape(bars.scale)}</caption>'
    found = (
        '<table style="width:100%;border-collapse:collapse;font-size:.85rem;border:0">'
        f"{scale if bars.scale else ''}<tbody>{rows}</tbody></table>"
    )
    return (
        found if len(bars.rows) <= _MOST else f'<div tabindex="0" style="{_SCROLL}">{found}</div>'
    )


def _row(bar: Bar) -> str:
    colour = REMOVED if bar.quiet else KEPT
    track = shade(REMOVED, 0.28 if bar.low is None else 0.12)
    return (
        f'<tr style="border:0"><th scope="row" title="{escape(bar.name)}" style="{_CELL};'
        f'font-weight:400;text-align:left;width:40%">{_breakable(_short(bar.name))}</th>'
        f'<td style="{_CELL}" aria-hidden="true"><div style="{_TRACK};background:{track}">'
        f"{_filled(bar, colour)}</div></td>"
        f'<td style="{_CELL};text-align:right;'
        f'font-variant-numeric:tabular-nums">{escape(bar.text)}</td></tr>'
    )


def _short(name: str) -> str:
    """Return a name, or the end of a long one from its last whole parts on."""
    if len(name) <= _LONG or "." not in name:
        return name
    parts = name.split(".")
    ends = (".".join(parts[at:]) for at in range(1, len(parts)))
    return "…" + next((end for end in ends if len(end) < _LONG), parts[-1])


def _breakable(name: str) -> str:
    """Return a name that may break after its dots, and where it must."""
    return escape(name).replace(".", ".<wbr>").replace("_", "_<wbr>")


def _filled(bar: Bar, colour: str) -> str:
    if bar.low is None or bar.high is None:
        return (
            f'<div style="height:100%;border-radius:3px;background:{escape(colour)};'
            f'width:{_share(bar.value):.2%}"></div>'
        )
    line = (
        f'<div style="position:absolute;top:5px;height:2px;background:{REMOVED};'
        f'left:{_share(bar.low):.2%};width:{_share(bar.high) - _share(bar.low):.2%}"></div>'
    )
    dot = (
        "position:absolute;top:1px;width:10px;height:10px;border-radius:50%;margin-left:-5px;"
        f"background:{escape(colour)};left:{_share(bar.value):.2%}"
    )
    return f'{line}<div style="{dot}"></div>'


def _share(value: float) -> float:
    return min(1.0, max(0.0, value))
