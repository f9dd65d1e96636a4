"""A chart: a figure, the sentence that says what it shows, and its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

__all__ = ["Chart", "Part", "picture"]

Part = dict[str, Any]
"""A trace, an axis or a layout as plain values, in Plotly's own words."""

_AXIS: Part = {"fixedrange": True, "zeroline": False, "automargin": True}
_GRID = "rgba(128,140,160,.22)"
_CLEAR = "rgba(0,0,0,0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a page shows: `sentence` is also the alternative text, `data` the columns behind it."""

    figure: go.Figure
    sentence: str
    data: Mapping[str, Sequence[object]]


def picture(
    traces: Sequence[Part],
    *,
    height: int,
    xaxis: Part,
    yaxis: Part,
    layout: Part | None = None,
) -> go.Figure:
    """Return a figure in the house style: transparent, no title, tight margins, no zoom.

    It is put together in one step and not validated: validating cost 15 to 28 ms of CPU a chart at
    every release of the slider. The tests validate every chart instead.
    """
    house: Part = {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
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
