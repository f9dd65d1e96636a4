"""How the two networks and noise look, in every chart, table and legend: here and nowhere else.

The original network is hollow and grey, the pruned one filled and violet. A third network (another
training, one with modules hidden or given back) is a brown diamond. Noise is a grey hatch with "≈".
"""

from collections.abc import Sequence

from explain.core.messages import say
from explain.figures.chart import REMOVED, Look, Part, band_traces, shade

_COLOURS: dict[Look, str] = {
    "dense": "var(--dense)",
    "pruned": "var(--pruned)",
    "another": "var(--another)",
    "noise": REMOVED,
}
_HATCH = "background:var(--hatch)"
_HOLLOW = f"box-sizing:border-box;border:2px solid {_COLOURS['dense']}"
MEANS = "about:"
"""Before the look of a trace in what Plotly calls its meta."""
SIDES: tuple[Look | None, ...] = ("dense", "pruned", None)
"""The looks of original, pruned and difference, in the order in which they stand."""


def with_sign(look: Look, text: str) -> str:
    """Return a name or a number with the sign of noise before it where it is noise."""
    return say("figures.marks.text", look=look, text=text)


def bar_css(look: Look) -> str:
    """Return the style of a bar."""
    if look == "noise":
        return _HATCH
    return _HOLLOW if look == "dense" else f"background:{_COLOURS[look]}"


def tint_css(look: Look, opacity: float) -> str:
    """Return the style of a ground behind text that lets 1 - `opacity`, 0..1, through."""
    return f"background:{shade(_COLOURS[look], opacity)}"


def dot_css(look: Look, size: int = 10) -> str:
    """Return the style of a dot of `size` pixels whose middle is the place that it marks."""
    return f"width:{size}px;height:{size}px;margin-left:-{size // 2}px;{_shape(look)}"


def _shape(look: Look) -> str:
    if look == "dense":
        return f"border-radius:50%;{_HOLLOW};background:var(--paper)"
    if look == "another":
        return f"border-radius:1px;transform:rotate(45deg) scale(.8);{bar_css(look)}"
    if look == "noise":
        edge = f"box-sizing:border-box;border:1px solid {REMOVED}"
        return f"border-radius:50%;{_HATCH} var(--paper);{edge}"
    return f"border-radius:50%;{bar_css(look)}"


def spread_css(top: int) -> str:
    """Return the style of an interval, what a number may be by chance, `top` pixels down."""
    return f"top:{top}px;height:6px;{_HATCH}"


def glyph(look: Look) -> str:
    """Return the dot that stands before the name of a network, as HTML."""
    place = "display:inline-block;vertical-align:-1px;margin:0 6px 0 0"
    return f'<span aria-hidden="true" style="{dot_css(look)};{place}"></span>'


def line_of(look: Look, width: float = 2.5) -> Part:
    """Return what a line of Plotly needs to be that of a network, or a level of noise."""
    dash = "dash" if look == "noise" else "solid"
    return {"meta": MEANS + look, "line": {"color": _COLOURS[look], "width": width, "dash": dash}}


def points_of(look: Look, size: float = 10) -> Part:
    """Return what the points of a trace of Plotly need to be those of a network."""
    symbol = {"dense": "circle-open", "another": "diamond"}.get(look, "circle")
    edge = {"width": 2 if look == "dense" else 0}
    marker = {"symbol": symbol, "size": size, "color": _COLOURS[look], "line": edge}
    return {"meta": MEANS + look, "marker": marker}


def bars_of(look: Look) -> Part:
    """Return what the bars of a trace of Plotly need to be those of a filled network."""
    return {"meta": MEANS + look, "marker": {"color": _COLOURS[look]}}


def hatched_band(x: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[Part]:
    """Return the hatched area between two lines of Plotly, without an entry in the legend."""
    hatch = {"shape": "/", "size": 6, "solidity": 0.25, "fgcolor": REMOVED, "fillmode": "overlay"}
    edge, area = band_traces(x, low, high, shade(REMOVED, 0.08))
    return [edge, {**area, "meta": MEANS + "noise", "fillpattern": hatch}]
