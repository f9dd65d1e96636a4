"""A chart: what is drawn, its sentence, axes, and the one file of colours and type sizes."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import plotly.graph_objects as go

from explain.core.messages import as_set, say

TOKENS_CSS = Path(__file__).with_name("tokens.css")
"""The one place where colours and type sizes are written."""

POSITIVE = "var(--plus)"
"""What speaks for, and positive weights."""
NEGATIVE = "var(--minus)"
"""What speaks against, and negative weights."""
REMOVED = "var(--removed)"
"""What pruning removed, tracks and frames; hatched it is noise."""
HERE = "var(--action)"
"""Where the slider stands, and what is chosen."""
AXIS = "var(--ink-2)"
"""Text along the axes of a chart."""
GRID = "var(--line)"
"""Lines behind a chart."""
Look = Literal["dense", "pruned", "another", "noise"]
"""What something in a chart is about; `marks` says how each looks."""
OTHERS = tuple(f"var(--other-{at})" for at in range(1, 9))
"""Other criteria in menu order; modules in their order."""

SMALL = "font-size:var(--small)"
"""The smallest of the four type sizes."""
CHART_TEXT = 14
"""The same in pixels, as Plotly takes it."""


def of_module(number: int) -> str:
    """Return the colour of a module, 0 for the first; colours repeat, so its name stands by it."""
    return OTHERS[number % len(OTHERS)]


def shade(colour: str, opacity: float) -> str:
    """Return a colour that lets 1 - `opacity`, 0..1, of what lies below it through."""
    return f"color-mix(in srgb, {colour} {css(100 * opacity)}%, transparent)"


def css(value: float) -> str:
    """Return a number as a style takes it; nobody reads it."""
    return f"{value:.4f}"


@cache
def page_colours() -> Mapping[str, tuple[str, str]]:
    """Return "#rrggbb" on a light and on a dark page by the name of the token."""
    found = _TOKEN.findall(TOKENS_CSS.read_text(encoding="utf-8"))
    return MappingProxyType({name: (light, dark) for name, light, dark in found})


_TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);")


def pixel(name: str) -> tuple[int, ...]:
    """Return red, green and blue of a token that is the same on both pages, 0..255."""
    colour = page_colours()[name][0]
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


CATEGORICAL = (
    "pruned",
    "dense",
    "removed",
    "ink-2",
    "action",
    "plus",
    "minus",
    "line",
    "ink",
    "another",
)
SEQUENTIAL = (*(f"other-{at}" for at in range(1, 9)), "broke", "fixed")
"""The tokens that `.streamlit/config.toml` gives charts as colours of the theme."""

_SLOTS = {name: f"#{at:06d}" for at, name in enumerate((*CATEGORICAL, *SEQUENTIAL), 1)}
"""What Streamlit replaces by the theme's colours in the browser, light or dark."""
_SHADED = re.compile(r"color-mix\(in srgb, (.+) ([\d.]+)%, transparent\)")


def for_plotly(part: Any) -> Any:
    """Return a part of a figure with its tokens as Streamlit's placeholders for theme colours."""
    if isinstance(part, str):
        return _slot(part)
    if isinstance(part, dict):
        return {name: for_plotly(value) for name, value in part.items()}
    if isinstance(part, list) and part and isinstance(part[0], str | dict):
        return [for_plotly(value) for value in part]
    return part


def _slot(text: str) -> str:
    shaded = _SHADED.fullmatch(text)
    if shaded is not None:
        return f"{_slot(shaded[1])}{round(2.55 * float(shaded[2])):02x}"
    return _SLOTS.get(text.removeprefix("var(--").removesuffix(")"), text)


Part = dict[str, Any]
"""A trace, an axis or a layout as plain values, in Plotly's own words."""

_AXIS: Part = {
    "fixedrange": True,
    "zeroline": False,
    "automargin": False,
    "exponentformat": "none",
}
_TEXT: Part = {"color": AXIS, "size": CHART_TEXT}
_CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Pixels between a figure's edge and its plot, so that a mark can be put on the plot."""

    left: int = 60
    right: int = 24
    top: int = 8
    bottom: int = 44


FRAME = Frame()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What follows the slider on a figure that stays: shares 0..1 of the plot from lower left.

    `y` None is a line over the whole height, a band where `until` is more than `x`.
    """

    x: float
    y: float | None = None
    until: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A figure that stays while the slider moves, with `marks` that follow it.

    The browser makes a Plotly chart anew whenever its figure changes, some 100 ms each without a
    GPU; so nothing in `figure` depends on the amount. `sentence` is also the alternative text,
    `data` the columns behind it.
    """

    figure: go.Figure
    sentence: str
    data: Mapping[str, Sequence[object]]
    marks: tuple[Mark, ...] = ()
    frame: Frame = FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row: its name, a value as text, and what is filled, as shares 0..1 of the width.

    `low`, `high` bound an interval; the value is then a dot. `look`: which network it is about, or
    noise. `before` is the same of the network before, a dot on a line of its own.
    """

    name: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None
    look: Look = "pruned"
    before: "Bar | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Rows that change with every move of the slider; the page draws them as plain HTML."""

    rows: tuple[Bar, ...]
    sentence: str
    data: Mapping[str, Sequence[object]]
    scale: str = ""
    """What the full width stands for, where it is not 100 %."""


def picture(
    traces: Sequence[Part],
    *,
    height: int,
    xaxis: Part,
    yaxis: Part,
    layout: Part | None = None,
    frame: Frame = FRAME,
) -> go.Figure:
    """Return a figure in the house style: transparent, no title, fixed margins, no zoom.

    It is put together in one step and not validated: validating cost 15 to 28 ms of CPU a chart.
    The tests validate every chart instead.
    """
    house: Part = {
        "height": height,
        "margin": {"l": frame.left, "r": frame.right, "t": frame.top, "b": frame.bottom},
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "xaxis": _axis({"showgrid": False, **xaxis}),
        "yaxis": _axis({"gridcolor": GRID, **yaxis}),
    }
    drawn = {**house, **(layout or {})}
    drawn["legend"] = {"font": _TEXT, **drawn.get("legend", {})}
    spec = {"data": list(traces), "layout": drawn}
    return go.Figure(for_plotly(spec), _validate=False)


def _axis(own: Part) -> Part:
    title = {"font": _TEXT, **own.get("title", {})}
    return {**_AXIS, "tickfont": _TEXT, **own, "title": title}


ENDS = (-0.01, 1.02)
"""Where it begins and ends: some room beside 0 and 100 %."""


def amount_axis() -> Part:
    """Return Plotly's description of the axis."""
    return {
        "range": [*ENDS],
        **share_ticks(0.0, 1.0),
        "title": {"text": say("figures.amount_axis.title")},
    }


_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


def share_ticks(low: float, high: float) -> Part:
    """Return the ticks of an axis of shares from `low` to `high`: at most six, in words."""
    step = next((step for step in _STEPS if high - low <= 5 * step), _STEPS[-1])
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return {
        "tickvals": [at * step for at in places],
        "ticktext": [as_set(at * step) for at in places],
    }


def told(texts: Iterable[str]) -> Part:
    """Return what pointing at the points of a trace says, one text a point."""
    return {"hovertext": [literal(text) for text in texts], "hoverinfo": "text"}


def place_of_amount(amount: float) -> float:
    """Return where an amount stands on it, as a share of its length."""
    return (amount - ENDS[0]) / (ENDS[1] - ENDS[0])


LEGEND: Part = {"orientation": "h", "y": -0.28, "x": 0, "yanchor": "top"}
"""Below the axis; its frame needs room there."""


def band_traces(
    x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str
) -> list[Part]:
    """Return the area between two lines, without an entry in the legend."""
    edge: Part = {"type": "scatter", "x": x, "mode": "lines", "line": {"width": 0}}
    edge |= {"hoverinfo": "skip", "showlegend": False}
    return [{**edge, "y": low}, {**edge, "y": high, "fill": "tonexty", "fillcolor": colour}]


_CODES = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>${}"})


def literal(name: str) -> str:
    """Return a name so that Plotly shows it as it is, in a legend, a tick or on pointing at it."""
    return name.translate(_CODES)
