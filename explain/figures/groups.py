"""Decisions changed per subgroup, with intervals, so that small groups do not tell stories."""

import numpy as np

from explain.core.sweep import GroupCount, Sweep
from explain.figures.chart import Chart, Part, picture
from explain.figures.palette import KEPT, REMOVED
from explain.figures.wording import share
from explain.measure import wilson

__all__ = ["group_flips"]

SMALL = 30
"""Groups with fewer samples are drawn grey and named as too small."""


def group_flips(sweep: Sweep, amount: float) -> Chart:
    """Draw the share of decisions changed in each group at the nearest amount of the grid.

    Args:
        sweep: with its groups.
        amount: share removed; the nearest grid amount is used and named.
    """
    at = int(np.abs(sweep.amounts - amount).argmin())
    groups = [group for group in sweep.groups if group.n]
    names = [f"{group.column}: {group.label} (n {group.n})" for group in groups]
    hits = [int(group.flips[at]) for group in groups]
    shares = [hit / group.n for hit, group in zip(hits, groups, strict=True)]
    bounds = [wilson(hit, group.n) for hit, group in zip(hits, groups, strict=True)]
    figure = picture(
        [_dots(names, shares, bounds, groups)],
        height=60 + 24 * len(names),
        xaxis={"tickformat": ".0%", "rangemode": "tozero", "title": {"text": "changed"}},
        yaxis={"autorange": "reversed", "type": "category", "showgrid": True},
    )
    return Chart(
        figure=figure,
        sentence=_sentence(groups, shares, bounds, float(sweep.amounts[at])),
        data={
            "group": [f"{group.column}: {group.label}" for group in groups],
            "n": [group.n for group in groups],
            "decisions changed": hits,
            "low": [low for low, _ in bounds],
            "high": [high for _, high in bounds],
            "amount": [float(sweep.amounts[at])] * len(groups),
        },
    )


def _dots(
    names: list[str],
    shares: list[float],
    bounds: list[tuple[float, float]],
    groups: list[GroupCount],
) -> Part:
    return {
        "type": "scatter",
        "x": shares,
        "y": names,
        "mode": "markers",
        "marker": {"size": 9, "color": [KEPT if g.n >= SMALL else REMOVED for g in groups]},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - value for value, (_, high) in zip(shares, bounds, strict=True)],
            "arrayminus": [value - low for value, (low, _) in zip(shares, bounds, strict=True)],
            "color": REMOVED,
        },
        "hovertemplate": "%{y}: %{x:.1%}<extra></extra>",
    }


def _sentence(
    groups: list[GroupCount],
    shares: list[float],
    bounds: list[tuple[float, float]],
    amount: float,
) -> str:
    large = [i for i, group in enumerate(groups) if group.n >= SMALL]
    if not large:
        return f"No group has {SMALL} samples: too few to compare."
    top = max(large, key=shares.__getitem__)
    low, high = bounds[top]
    small = sum(group.n < SMALL for group in groups)
    note = f" Groups with fewer than {SMALL} samples are grey ({small})." if small else ""
    return (
        f"At {share(amount)} pruned, most decisions change for {groups[top].column} "
        f"{groups[top].label}: {share(shares[top])} (95 % interval {share(low)} to {share(high)}, "
        f"n {groups[top].n}). Overlapping intervals are no difference.{note}"
    )
