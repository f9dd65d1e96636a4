"""Reasons as plain HTML: it follows the slider at next to no cost for the browser."""

from collections.abc import Sequence
from html import escape

from explain.core.messages import say, signed
from explain.figures import (
    NEGATIVE,
    NUMBER,
    POSITIVE,
    REMOVED,
    SMALL,
    AttributionMaps,
    Cell,
    Facts,
    Fall,
    Ladder,
    Look,
    MapTile,
    MessageReading,
    PartRow,
    PartTable,
    Row,
    Rung,
    Stretch,
    Table,
    Text,
    Token,
    Track,
    Waterfall,
    css,
    diverging,
    marks,
    shade,
    to_html,
)

_BORDER = f"1px solid {shade(REMOVED, 0.45)}"
_GRID = (
    "display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(min({least}px,100%),1fr))"
)
_FIXED = "width:100%;table-layout:fixed"
_LEFT, _RIGHT = "text-align:left", "text-align:right"
_FADED = 0.55
"""The strongest colour behind text that must stay readable."""


def heat_map_tiles(found: AttributionMaps, *, overlay: bool) -> str:
    """Return the picture and the three heat maps in one row, below each other where narrow."""
    tiles = [_map(tile, found, found.picture if overlay else "") for tile in found.tiles]
    if found.picture:
        tiles.insert(0, _tile(say("attribution.sample"), found.ratio, _sample(found.picture)))
    least = round(120 * max(1.0, found.ratio))
    return f'<div data-reasons="maps" style="{_GRID.format(least=least)}">{"".join(tiles)}</div>'


def _sample(picture: str) -> str:
    alt = escape(say("attribution.sample_alt"))
    return f'<img src="{escape(picture)}" alt="{alt}" style="{_IMAGE}">'


_IMAGE = "width:100%;height:100%;display:block;image-rendering:pixelated"


def _map(tile: MapTile, found: AttributionMaps, under: str) -> str:
    below = (
        f'<img src="{escape(under)}" alt="" style="{_IMAGE};position:absolute;opacity:.3;'
        'filter:grayscale(1)">'
        if under
        else ""
    )
    source, alt = escape(tile.uri), escape(tile.alt)
    heat = f'<img src="{source}" alt="{alt}" style="{_IMAGE};position:relative">'
    return _tile(tile.title, found.ratio, below + heat, tile.look)


def _tile(title: str, ratio: float, inside: str, look: Look | None = None) -> str:
    return (
        f'<figure style="margin:0"><figcaption style="{SMALL};padding-bottom:2px">'
        f"{_named(title, look)}</figcaption>"
        f'<div style="position:relative;border:{_BORDER};border-radius:4px;overflow:hidden;'
        f'aspect-ratio:{css(ratio)}">{inside}</div></figure>'
    )


def _named(title: str, look: Look | None) -> str:
    return f"{marks.glyph(look) if look else ''}{escape(title)}"


def bars(found: PartTable, rows: Sequence[PartRow] | None = None) -> str:
    """Return one row per part: its name, and diverging bars of dense, pruned and difference.

    `rows`: other parts on the scale of those found.
    """
    names = ("part", "dense", "pruned", "difference")
    table = Table(
        columns=[_head(name) for name in names],
        rows=tuple(_bars_row(row, found.largest) for row in (found.rows if rows is None else rows)),
        css=_FIXED,
        mark=("reasons", "bars"),
    )
    return to_html(table)


def _head(name: str) -> Cell:
    look = _NETWORKS.get(name)
    return Cell(parts=(Text(text=say("attribution.column", column=name), look=look),), css=_LEFT)


_NETWORKS: dict[str, Look] = {"dense": "dense", "pruned": "pruned"}


def _text(text: str, css: str = "") -> Cell:
    return Cell(parts=(Text(text=text),), css=css)


def _bars_row(row: PartRow, largest: float) -> Row:
    values = (row.dense, row.pruned, row.difference)
    return Row(head=_text(row.name, "width:25%"), cells=tuple(_bar(x, largest) for x in values))


def _bar(value: float, largest: float) -> Cell:
    mark = diverging(value, largest, POSITIVE if value > 0 else NEGATIVE)
    bar = Track(marks=(mark,), height=10, css="flex:1 1 60px;border-radius:2px")
    return Cell(parts=(bar, Text(text=signed(value), css=f"{NUMBER};flex:0 0 4.2em")), aside=True)


def waterfalls(found: tuple[Waterfall, Waterfall]) -> str:
    """Return both ways from the baseline's output to the sample's, on one axis."""
    ways = "".join(_way(one) for one in found)
    return f'<div data-reasons="waterfall" style="{_GRID.format(least=260)}">{ways}</div>'


def _way(found: Waterfall) -> str:
    title = Text(text=found.title, css=f"{_LEFT};padding:0 0 4px", look=found.look)
    return to_html(Table(rows=tuple(map(_fall, found.falls)), css=_FIXED, caption=title))


def _fall(fall: Fall) -> Row:
    colour = REMOVED if fall.total else POSITIVE if fall.value > 0 else NEGATIVE
    wide = "width:3px" if fall.total else "min-width:1px"
    weight = f"font-weight:{600 if fall.total else 400}"
    mark = Stretch(start=fall.low, end=fall.high, css=f"{wide};background:{colour}")
    bar = Track(marks=(mark,), height=10, ground=0.1)
    return Row(
        head=_text(fall.name, f"{weight};width:40%"),
        cells=(
            Cell(parts=(bar,), css="width:42%", silent=True),
            _text(fall.text, f"{NUMBER};{weight}"),
        ),
    )


def message(readings: tuple[MessageReading, ...]) -> str:
    """Return the message three times, every token on its colour."""
    blocks = "".join(_reading(one) for one in readings)
    return f'<div data-reasons="tokens" style="{_GRID.format(least=260)}">{blocks}</div>'


def _reading(found: MessageReading) -> str:
    spans = " ".join(_token(token) for token in found.tokens)
    padding = say("attribution.padding", adds=signed(found.rest))
    rest = f" {padding}" if abs(found.rest) > _SEEN else ""
    return (
        f'<figure style="margin:0"><figcaption style="{SMALL}">{_named(found.title, found.look)}'
        f'</figcaption><p style="border:{_BORDER};border-radius:4px;padding:8px;margin:2px 0;'
        f'line-height:1.9;overflow-wrap:anywhere">{spans}</p>'
        f'<div style="{SMALL}">{escape(found.sentence + rest)}</div></figure>'
    )


_SEEN = 5e-4


def _token(token: Token) -> str:
    colour = POSITIVE if token.value > 0 else NEGATIVE
    strength = _FADED * min(1.0, abs(token.share))
    line = "" if token.known else ";text-decoration:underline dotted"
    value = signed(token.value)
    title = value if token.known else say("attribution.unknown_word", value=value)
    return (
        f'<span title="{escape(title)}" style="padding:2px 3px;'
        f'border-radius:3px;background:{shade(colour, round(strength, 3))}{line}">'
        f"{escape(token.text)}</span>"
    )


def facts_line(found: Facts, explained: str) -> str:
    """Return the numbers of both networks under the picture, one after the other."""
    numbers = "".join(
        f"<span>{escape(name)} <b>{escape(dense)} → {escape(pruned)}</b></span>"
        for name, dense, pruned in found.rows
    )
    return (
        f'<div data-reasons="facts" style="{SMALL};display:flex;flex-wrap:wrap;gap:2px 24px">'
        f"<span>{escape(explained)}</span>{numbers}<span>{escape(found.completeness)}</span></div>"
    )


_PLACE = "top:6px;left:0"
"""Where the dot of a comparison stands on its rung."""


def ladder_line(found: Ladder) -> str:
    """Return the line from nothing in common to the same, its marks, and what they are."""
    rungs = "".join(_rung(one) for one in found.rungs)
    names = "".join(_rung_name(one) for one in sorted(found.rungs, key=lambda rung: rung.value))
    line = f"position:absolute;top:12px;height:2px;width:100%;background:{shade(REMOVED, 0.6)}"
    return (
        '<div data-reasons="ladder"><div aria-hidden="true" style="position:relative;'
        f'height:26px;margin:0 8px"><div style="{line}"></div>{rungs}</div>'
        f'<div style="{SMALL};display:flex;flex-wrap:wrap;gap:2px 20px;justify-content:'
        f'space-between">{_end("none")}{names}{_end("all")}</div></div>'
    )


def _end(end: str) -> str:
    return f"<span>{escape(say('attribution.ladder_end', end=end))}</span>"


def _rung(rung: Rung) -> str:
    low, high = max(0.0, rung.low), min(1.0, rung.high)
    left, wide, at = (css(100 * x) for x in (low, high - low, max(0.0, rung.value)))
    band = marks.spread_css(10)
    return (
        f'<div style="position:absolute;left:{left}%;width:{wide}%;{band}"></div>'
        f'<div style="position:absolute;left:{at}%;top:0">'
        f'<div style="position:absolute;{_PLACE};{marks.dot_css(rung.look, 14)}"></div></div>'
    )


def _rung_name(rung: Rung) -> str:
    said = f"{escape(rung.name)} {escape(rung.text)}"
    named = f"<b>{said}</b>" if rung.look == "pruned" else said
    return f"<span>{marks.glyph(rung.look)}{named}</span>"
