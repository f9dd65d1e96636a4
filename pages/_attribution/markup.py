"""Reasons as plain HTML: it follows the slider at next to no cost for the browser."""

from html import escape

from explain.figures import (
    NEGATIVE,
    POSITIVE,
    REMOVED,
    AttributionMaps,
    Contribution,
    Contributions,
    Facts,
    Fall,
    MapTile,
    Reading,
    Token,
    Waterfall,
    shade,
    signed,
)

__all__ = ["bars", "facts_table", "maps", "message", "waterfalls"]

_BORDER = f"1px solid {shade(REMOVED, 0.45)}"
_GRID = "display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax({least}px,1fr))"
_CELL = "padding:3px 8px 3px 0;border:0;overflow-wrap:anywhere;vertical-align:middle"
_NUMBER = "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums"
_TABLE = "width:100%;border-collapse:collapse;font-size:.85rem;border:0"
_FIXED = f"{_TABLE};table-layout:fixed"
_FADED = 0.55
"""The strongest colour behind text that must stay readable."""


def maps(found: AttributionMaps, *, overlay: bool) -> str:
    """Return the picture and the three heat maps in one row, below each other where narrow."""
    own = _tile("sample", _sample(found.picture)) if found.picture else ""
    tiles = "".join(_map(tile, found.picture if overlay else "") for tile in found.tiles)
    return f'<div data-reasons="maps" style="{_GRID.format(least=120)}">{own}{tiles}</div>'


def _sample(picture: str) -> str:
    return f'<img src="{escape(picture)}" alt="The sample itself" style="{_IMAGE}">'


_IMAGE = "width:100%;height:100%;display:block;image-rendering:pixelated"


def _map(tile: MapTile, under: str) -> str:
    below = (
        f'<img src="{escape(under)}" alt="" style="{_IMAGE};position:absolute;opacity:.3;'
        'filter:grayscale(1)">'
        if under
        else ""
    )
    source, alt = escape(tile.uri), escape(tile.alt)
    heat = f'<img src="{source}" alt="{alt}" style="{_IMAGE};position:relative">'
    return _tile(tile.title, below + heat)


def _tile(title: str, inside: str) -> str:
    return (
        '<figure style="margin:0"><figcaption style="font-size:.85rem;padding-bottom:2px">'
        f"{escape(title)}</figcaption>"
        f'<div style="position:relative;border:{_BORDER};border-radius:4px;overflow:hidden;'
        f'aspect-ratio:1">{inside}</div></figure>'
    )


def bars(found: Contributions) -> str:
    """Return one row per part: its name, and diverging bars of dense, pruned and difference."""
    head = "".join(f'<th scope="col" style="{_CELL};text-align:left">{h}</th>' for h in _COLUMNS)
    rows = "".join(_bars_row(row, found.largest) for row in found.rows)
    return (
        f'<table data-reasons="bars" style="{_FIXED}"><thead><tr style="border:0">{head}</tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )


_COLUMNS = ("part", "dense", "pruned", "difference")


def _bars_row(row: Contribution, largest: float) -> str:
    cells = "".join(_bar(x, largest) for x in (row.dense, row.pruned, row.difference))
    return (
        f'<tr style="border:0"><th scope="row" style="{_CELL};font-weight:400;text-align:left;'
        f'width:25%">{escape(row.name)}</th>{cells}</tr>'
    )


def _bar(value: float, largest: float) -> str:
    wide = 50 * min(1.0, abs(value) / (largest or 1.0))
    side = f"left:50%;background:{POSITIVE}" if value > 0 else f"right:50%;background:{NEGATIVE}"
    return (
        f'<td style="{_CELL}"><div style="display:flex;flex-wrap:wrap;align-items:center;'
        'gap:0 8px">'
        f'<div aria-hidden="true" style="flex:1 1 60px;position:relative;height:10px;'
        f'background:{shade(REMOVED, 0.12)};border-radius:2px"><div style="position:absolute;'
        f'height:10px;width:{wide:.2f}%;{side}"></div></div>'
        f'<span style="{_NUMBER};flex:0 0 4.2em">{signed(value)}</span></div></td>'
    )


def waterfalls(found: tuple[Waterfall, Waterfall]) -> str:
    """Return both ways from the baseline's output to the sample's, on one axis."""
    ways = "".join(_way(one) for one in found)
    return f'<div data-reasons="waterfall" style="{_GRID.format(least=260)}">{ways}</div>'


def _way(found: Waterfall) -> str:
    rows = "".join(_fall(fall) for fall in found.falls)
    return (
        f'<table style="{_FIXED}"><caption style="text-align:left;padding:0 0 4px">'
        f"{escape(found.title)}</caption><tbody>{rows}</tbody></table>"
    )


def _fall(fall: Fall) -> str:
    colour = REMOVED if fall.total else POSITIVE if fall.value > 0 else NEGATIVE
    wide = "3px" if fall.total else f"max(1px,{fall.high - fall.low:.4%})"
    weight = "600" if fall.total else "400"
    return (
        f'<tr style="border:0"><th scope="row" style="{_CELL};font-weight:{weight};'
        f'text-align:left;width:40%">{escape(fall.name)}</th>'
        f'<td aria-hidden="true" style="{_CELL};width:42%"><div style="position:relative;'
        f'height:10px;background:{shade(REMOVED, 0.1)}"><div style="position:absolute;'
        f'top:0;height:10px;left:{fall.low:.4%};width:{wide};background:{colour}"></div></div></td>'
        f'<td style="{_CELL};{_NUMBER};font-weight:{weight}">{escape(fall.text)}</td></tr>'
    )


def message(readings: tuple[Reading, ...]) -> str:
    """Return the message three times, every token on its colour."""
    blocks = "".join(_reading(one) for one in readings)
    return f'<div data-reasons="tokens" style="{_GRID.format(least=260)}">{blocks}</div>'


def _reading(found: Reading) -> str:
    spans = " ".join(_token(token) for token in found.tokens)
    rest = f" Padding after it adds {signed(found.rest)}." if abs(found.rest) > _SEEN else ""
    return (
        f'<figure style="margin:0"><figcaption style="font-size:.85rem">{escape(found.title)}'
        f'</figcaption><p style="border:{_BORDER};border-radius:4px;padding:8px;margin:2px 0;'
        f'line-height:1.9;overflow-wrap:anywhere">{spans}</p>'
        f'<div style="font-size:.8rem">{escape(found.sentence)}{rest}</div></figure>'
    )


_SEEN = 5e-4


def _token(token: Token) -> str:
    colour = POSITIVE if token.value > 0 else NEGATIVE
    strength = _FADED * min(1.0, abs(token.share))
    line = "" if token.known else ";text-decoration:underline dotted"
    unknown = "" if token.known else ", a word the network does not know"
    return (
        f'<span title="{escape(signed(token.value) + unknown)}" style="padding:2px 3px;'
        f'border-radius:3px;background:{shade(colour, round(strength, 3))}{line}">'
        f"{escape(token.text)}</span>"
    )


def facts_table(found: Facts, explained: str) -> str:
    """Return the numbers of both networks under the picture, and what they say."""
    rows = "".join(
        f'<tr style="border:0"><th scope="row" style="{_CELL};font-weight:400;text-align:left">'
        f"{escape(name)}</th>" + "".join(_fact(text) for text in texts) + "</tr>"
        for name, *texts in found.rows
    )
    head = "".join(f'<th scope="col" style="{_CELL};text-align:right">{h}</th>' for h in _SIDES)
    mark = f"border-left:4px solid {NEGATIVE};padding-left:8px;" if found.flipped else ""
    return (
        f'<div data-reasons="facts" style="max-width:560px"><p style="margin:8px 0 4px;{mark}">'
        f"{'<b>' if found.flipped else ''}{escape(found.decided)}{'</b>' if found.flipped else ''}"
        f'</p><table style="{_TABLE}"><caption style="text-align:left;padding:0">'
        f"{escape(explained)}</caption><thead>"
        f'<tr style="border:0"><td style="border:0"></td>{head}</tr></thead><tbody>{rows}</tbody>'
        f'</table><p style="font-size:.85rem;margin:4px 0">{escape(found.completeness)}</p></div>'
    )


_SIDES = ("dense", "pruned")


def _fact(text: str) -> str:
    return f'<td style="{_CELL};{_NUMBER}">{escape(text)}</td>'
