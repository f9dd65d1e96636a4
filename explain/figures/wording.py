"""Numbers in words: one way to write shares, metrics and counts everywhere."""

import math

from explain.core.measurement import Measurement
from explain.core.messages.numbers import count, number, share
from explain.core.records import Meter

__all__ = [
    "capital",
    "count",
    "estimate",
    "metric",
    "metric_change",
    "number",
    "of",
    "share",
]


_MILLION = 1_000_000


def capital(text: str) -> str:
    """Return the text with a capital first letter and the rest as it is ("AUC" stays)."""
    return text[:1].upper() + text[1:]


def of(part: int, whole: int) -> str:
    """Return "1,164 of 6,464", and from a million on "3.69 of 4.61 M"."""
    if whole < _MILLION:
        return f"{count(part)} of {count(whole)}"
    return f"{part / _MILLION:.2f} of {whole / _MILLION:.2f} M"


def estimate(number: Measurement) -> str:
    """Return "0.71 [0.67, 0.75]", without the interval where none is known, "–" for none."""
    if math.isnan(number.value):
        return "–"
    if number.low is None or number.high is None:
        return f"{number.value:.2f}"
    return f"{number.value:.2f} [{number.low:.2f}, {number.high:.2f}]"


def metric(value: float, meter: Meter) -> str:
    """Return a metric as people write it: shares in per cent, others to three decimals."""
    if math.isnan(value):
        return "–"
    return share(value) if meter.unit == "share" else f"{value:.3f}".replace("-", "−")


def metric_change(change: float, meter: Meter) -> str:
    """Return a difference of metrics with its sign: "−2.4 pts" or "+0.012"."""
    if math.isnan(change):
        return "–"
    text = f"{100 * change:+.1f} pts" if meter.unit == "share" else f"{change:+.3f}"
    return text.replace("-", "−")
