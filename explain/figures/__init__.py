"""From results to Plotly figures, each with the sentence that says what it shows."""

from explain.figures.chart import Chart
from explain.figures.curve import amount_curve
from explain.figures.groups import group_flips
from explain.figures.histogram import score_histogram
from explain.figures.layers import layer_bars
from explain.figures.thumbnail import thumbnail

__all__ = ["Chart", "amount_curve", "group_flips", "layer_bars", "score_histogram", "thumbnail"]
