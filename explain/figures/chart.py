"""A chart: what is drawn, the sentence that says what it shows, axes, colours, safe names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from explain.core.messages import say

Part = dict[str, Any]
"""A trace, an axis or a layout as plain values, in Plotly's own words."""

_AXIS: Part = {"fixedrange": True, "zeroline": False, "automargin": False}
_GRID = "rgba(128,140,160,.22)"
_CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Pixels between a figure's edge and its plot, so that a mark can be put on the plot."""

    left: int = 52
    right: int = 12
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

    `low`, `high` bound an interval; the value is then a dot. A `quiet` row is too small to count.
    """

    name: str
    text: str
    value: float
    low: float | None = None
    high: float | None = None
    quiet: bool = False


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
        "xaxis": {**_AXIS, "showgrid": False, **xaxis},
        "yaxis": {**_AXIS, "gridcolor": _GRID, **yaxis},
    }
    spec = {"data": list(traces), "layout": {**house, **(layout or {})}}
    return go.Figure(spec, _validate=False)


POSITIVE = "#3f83e0"
"""What speaks for, and positive weights."""
NEGATIVE = "#e0701a"
"""What speaks against, and negative weights."""
KEPT = "#3f83e0"
"""What is kept, and the chosen criterion."""
REMOVED = "#98a2b3"
"""What pruning removed, and the random control."""
HERE = "#e0701a"
"""Where the slider stands."""
OTHERS = ("#b06fc4", "#2a9d8f", "#c9a227", "#d1567c", "#7a8f3c", "#5ab0d6", "#8c6d5a", "#6b6fd0")
"""Other criteria in menu order; modules in their order."""


def shade(colour: str, opacity: float) -> str:
    """Return a "#rrggbb" colour as rgba with this opacity, 0..1."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def of_module(number: int) -> str:
    """Return the colour of a module, 0 for the first; colours repeat, so its name stands by it."""
    return OTHERS[number % len(OTHERS)]


ENDS = (-0.01, 1.02)
"""Where it begins and ends: some room beside 0 and 100 %."""


def amount_axis() -> Part:
    """Return Plotly's description of the axis."""
    return {
        "range": [*ENDS],
        "tickformat": ".0%",
        "title": {"text": say("figures.amount_axis.title")},
    }


def place_of_amount(amount: float) -> float:
    """Return where an amount stands on it, as a share of its length."""
    return (amount - ENDS[0]) / (ENDS[1] - ENDS[0])


_CODES = str.maketrans({sign: f"&#{ord(sign)};" for sign in "&<>${}"})


def literal(name: str) -> str:
    """Return a name so that Plotly shows it as it is, in a legend, a tick or on pointing at it."""
    return name.translate(_CODES)
