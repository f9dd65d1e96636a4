"""Decisions changed per subgroup, with intervals, so that small groups do not tell stories."""

import numpy as np

from explain.core.intervals import wilson
from explain.core.sweep import GroupCount, Sweep
from explain.figures.chart import Bar, Bars
from explain.figures.wording import share

__all__ = ["group_flips"]

SMALL = 30
"""Groups with fewer samples are drawn grey and named as too small."""


def group_flips(sweep: Sweep, amount: float) -> Bars:
    """Return the share of decisions changed in each group at the nearest amount of the grid.

    Args:
        sweep: with its groups.
        amount: share removed; the nearest grid amount is used and named.
    """
    at = int(np.abs(sweep.amounts - amount).argmin())
    groups = [group for group in sweep.groups if group.n]
    hits = [int(group.flips[at]) for group in groups]
    shares = [hit / group.n for hit, group in zip(hits, groups, strict=True)]
    bounds = [wilson(hit, group.n) for hit, group in zip(hits, groups, strict=True)]
    widest = _widest(groups, bounds)
    rows = tuple(
        Bar(
            name=f"{group.column}: {group.label}",
            text=f"{share(value)} of {group.n}",
            value=value / widest,
            low=low / widest,
            high=high / widest,
            quiet=group.n < SMALL,
        )
        for group, value, (low, high) in zip(groups, shares, bounds, strict=True)
    )
    return Bars(
        rows=rows,
        scale=f"full width {share(widest)}",
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


def _widest(groups: list[GroupCount], bounds: list[tuple[float, float]]) -> float:
    """Return what the full width stands for: the largest bound of a group that is not small."""
    highs = [high for group, (_, high) in zip(groups, bounds, strict=True) if group.n >= SMALL]
    return max(highs or [high for _, high in bounds], default=0.0) or 1.0


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
