"""From results to Plotly figures and bars, each with the sentence that says what it shows."""

from explain.figures.chart import Bar, Bars, Chart, Frame, Mark
from explain.figures.curve import amount_curve
from explain.figures.groups import group_flips
from explain.figures.histogram import score_histogram
from explain.figures.layers import layer_bars
from explain.figures.thumbnail import thumbnail

__all__ = [
    "Bar",
    "Bars",
    "Chart",
    "Frame",
    "Mark",
    "amount_curve",
    "group_flips",
    "layer_bars",
    "score_histogram",
    "thumbnail",
]
