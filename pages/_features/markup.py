"""Pictures of the Feature maps page as HTML: layers of one picture over each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from explain.core.messages import say
from explain.figures import (
    HERE,
    REMOVED,
    SMALL,
    Cell,
    ClaimRow,
    LocalisationRow,
    Look,
    Row,
    Strip,
    Table,
    Text,
    css,
    marks,
    shade,
    to_html,
)

NETWORKS: tuple[Look, Look] = ("dense", "pruned")
"""In the order in which they stand."""
_OVER = "position:absolute;inset:0;width:100%;height:100%;image-rendering:pixelated"
_GREY = "filter:grayscale(1) opacity(.55)"
_ROW = "display:flex;flex-wrap:wrap;gap:10px;align-items:flex-start"
_CAPTION = f"{SMALL};line-height:1.35;margin-top:3px;overflow-wrap:anywhere"
_FRAME = f"border:1px solid {shade(REMOVED, 0.5)};border-radius:4px;overflow:hidden"
_CELL = "padding:4px 10px 4px 0;border:0;text-align:left;vertical-align:top"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Pictures over each other, the lowest first, with a box and a dot in shares 0..1."""

    caption: str
    alt: str
    under: str = ""
    over: tuple[str, ...] = ()
    grey: bool = False
    ratio: float = 1.0
    """Width over height."""
    box: tuple[float, float, float, float] | None = None
    """Left, top, width, height."""
    dot: tuple[float, float] | None = None
    """Left and top."""
    look: Look | None = None
    """The network that it is of."""
    empty: str = ""
    """Said in place of a picture that has nothing to show."""
    pick: str = ""
    """What the picture sends when it is pressed; empty for one that is no button."""
    chosen: bool = False


def pictures(found: Sequence[Picture], width: int, columns: int = 0) -> str:
    """Return pictures beside each other, each at most `width` CSS pixels wide.

    `columns` that stay beside each other on narrow screens too; 0 for as many as fit.
    """
    many = f"repeat({columns},minmax(0,{width}px))" if columns else f"repeat(auto-fill,{width}px)"
    return (
        f'<div style="display:grid;gap:8px;grid-template-columns:{many}">'
        f"{''.join(_figure(one) for one in found)}</div>"
    )


def _figure(one: Picture) -> str:
    base = f'<img alt="" style="{_OVER};{_GREY if one.grey else ""}" src="{escape(one.under)}">'
    over = "".join(f'<img alt="" style="{_OVER}" src="{escape(uri)}">' for uri in one.over)
    said = f'<span style="position:absolute;inset:6px;{_CAPTION}">{escape(one.empty)}</span>'
    inner = f"{base if one.under else ''}{over}{_marks(one)}{said if one.empty else ''}"
    ground = f"background:{shade(REMOVED, 0.12)}"
    shown = (
        f'<div role="img" aria-label="{escape(one.alt)}" style="position:relative;'
        f'aspect-ratio:{css(one.ratio)};{_FRAME};{ground}">{inner}</div>'
    )
    return (
        f'<figure style="margin:0;min-width:0">{_pressable(one, shown)}'
        f'<figcaption style="{_CAPTION}">{marks.glyph(one.look) if one.look else ""}'
        f"{escape(one.caption)}</figcaption></figure>"
    )


def _pressable(one: Picture, shown: str) -> str:
    if not one.pick:
        return shown
    pressed = "true" if one.chosen else "false"
    return (
        f'<button type="button" data-pick="{escape(one.pick)}" '
        f'aria-pressed="{pressed}">{shown}</button>'
    )


def _marks(one: Picture) -> str:
    drawn = ""
    if one.box is not None:
        left, top, width, height = (f"{css(100 * side)}%" for side in one.box)
        drawn += (
            f'<div style="position:absolute;box-sizing:border-box;left:{left};top:{top};'
            f'width:{width};height:{height};border:2px solid {HERE}"></div>'
        )
    if one.dot is not None:
        left, top = (f"calc({css(100 * side)}% - 5px)" for side in one.dot)
        drawn += (
            f'<div style="position:absolute;left:{left};top:{top};width:10px;height:10px;'
            f'border-radius:50%;background:{HERE};box-shadow:0 0 0 2px var(--paper)"></div>'
        )
    return drawn


def kernels_row(tiles: Iterable[tuple[str, str, str, str]]) -> str:
    """Return kernels as small pairs: name, dense and pruned data URI, share that survives."""
    cells = "".join(_kernel(*tile) for tile in tiles)
    return f'<div style="{_ROW};gap:8px 14px">{cells}</div>'


def _kernel(name: str, dense: str, pruned: str, survives: str) -> str:
    side = f"width:34px;height:34px;image-rendering:pixelated;{_FRAME}"
    alts = [say("features.kernel_alt", network=which, name=name) for which in ("dense", "pruned")]
    images = "".join(
        f'<img alt="{escape(alt)}" style="{side}" src="{escape(uri)}">'
        for alt, uri in zip(alts, (dense, pruned), strict=True)
    )
    return (
        f'<figure style="margin:0;width:74px"><div style="display:flex;gap:4px">{images}</div>'
        f'<figcaption style="{_CAPTION}">{escape(name)}'
        f"<br>{escape(survives)}</figcaption></figure>"
    )


def stills_row(found: Strip) -> str:
    """Return a channel over the amounts; the still nearest to the slider has a frame."""
    cells = "".join(
        f'<figure style="margin:0;width:72px"{" data-here" if one.here else ""}>'
        f'<img alt="{escape(say("features.still_alt", amount=one.label, peak=one.peak))}" '
        f'style="width:72px;min-height:16px;image-rendering:pixelated;display:block;'
        f"box-sizing:border-box;background:{shade(REMOVED, 0.12)};border-radius:4px;"
        f'border:{f"2px solid {HERE}" if one.here else f"1px solid {shade(REMOVED, 0.5)}"}" '
        f'src="{escape(one.uri)}"><figcaption style="{_CAPTION}">'
        f"{'<strong>' if one.here else ''}{escape(one.label)}{'</strong>' if one.here else ''}"
        f"<br>{escape(one.peak)}</figcaption></figure>"
        for one in found.stills
    )
    return f'<div style="{_ROW};gap:8px">{cells}</div>'


def numbers_table(rows: Iterable[LocalisationRow]) -> str:
    """Return the localisation numbers of both networks."""
    body = (
        (say("features.measure", name=row.name, reading=row.reading), row.dense, row.pruned)
        for row in rows
    )
    return _table([Cell(), *map(_network, NETWORKS)], body)


def claim_table(rows: Iterable[ClaimRow]) -> str:
    """Return the networks that the claim was tested on."""
    names = ("network", "mean", "gain", "metric", "counts")
    head = [_text(say("features.claim.column", column=name), _HEAD) for name in names]
    return _table(head, ((r.name, r.mean, r.gain, r.accuracy, r.counts) for r in rows))


def _network(which: Look) -> Cell:
    text = Text(text=say("comparison.network", network=which), look=which)
    return Cell(parts=(text,), css=_HEAD)


def _table(columns: Sequence[Cell], rows: Iterable[Sequence[str]]) -> str:
    found = Table(
        columns=columns,
        rows=tuple(
            Row(head=_text(first), cells=tuple(_text(text, "white-space:nowrap") for text in rest))
            for first, *rest in rows
        ),
        cell=_CELL,
        css="font-variant-numeric:tabular-nums",
    )
    return scrolling(found, say("features.numbers"))


def scrolling(table: Table, label: str) -> str:
    """Return a table that scrolls inside its own box where it is too wide."""
    return (
        '<div style="overflow-x:auto" tabindex="0" role="group" '
        f'aria-label="{escape(label)}">{to_html(table)}</div>'
    )


_HEAD = "font-weight:600"


def _text(text: str, css: str = "") -> Cell:
    return Cell(parts=(Text(text=text),), css=css)
