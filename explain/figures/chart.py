"""A chart: a figure, the sentence that says what it shows, and its data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

__all__ = ["Chart", "empty_figure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What a page shows: `sentence` is also the alternative text, `data` the columns behind it."""

    figure: go.Figure
    sentence: str
    data: Mapping[str, Sequence[object]]


def empty_figure(height: int) -> go.Figure:
    """Return a figure without data in the house style: transparent, no title, tight margins."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="closest",
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True, showgrid=False, zeroline=False, automargin=True)
    figure.update_yaxes(fixedrange=True, zeroline=False, automargin=True)
    figure.update_yaxes(gridcolor="rgba(128,140,160,.22)")
    return figure
