"""A chart: what is drawn, the sentence that says what it shows, axes, colours, safe names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from explain.core.messages import say
from explain.figures.palette import AXIS, CHART_TEXT, GRID, for_plotly

Part = dict[str, Any]
"""A trace, an axis or a layout as plain values, in Plotly's own words."""

_AXIS: Part = {"fixedrange": True, "zeroline": False, "automargin": False}
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
        "tickformat": ".0%",
        "title": {"text": say("figures.amount_axis.title")},
    }


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
