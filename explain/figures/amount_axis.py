"""The axis that curves over the amount share."""

from explain.core.messages import say
from explain.figures.chart import Part

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
