"""Numbers in words: one way to write shares, metrics and counts everywhere."""

import math

from explain.core.records import Meter

__all__ = ["capital", "count", "metric", "metric_change", "number", "share"]


def capital(text: str) -> str:
    """Return the text with a capital first letter and the rest as it is ("AUC" stays)."""
    return text[:1].upper() + text[1:]


def share(value: float, digits: int = 1) -> str:
    """Return 0.8234 as "82.3 %"."""
    return f"{100 * value:.{digits}f} %"


def count(value: int) -> str:
    """Return 1164 as "1,164"."""
    return f"{value:,}"


def number(value: float) -> str:
    """Return a number to three significant digits, "∞" for infinity, "–" for none."""
    if math.isnan(value):
        return "–"
    return "∞" if math.isinf(value) else f"{value:.3g}"


def metric(value: float, meter: Meter) -> str:
    """Return a metric as people write it: shares in per cent, others to three decimals."""
    if math.isnan(value):
        return "–"
    return share(value) if meter.unit == "share" else f"{value:.3f}"


def metric_change(change: float, meter: Meter) -> str:
    """Return a difference of metrics with its sign: "−2.4 pts" or "+0.012"."""
    if math.isnan(change):
        return "–"
    text = f"{100 * change:+.1f} pts" if meter.unit == "share" else f"{change:+.3f}"
    return text.replace("-", "−")
