"""Decisions changed per subgroup, with intervals, so that small groups do not tell stories."""

from collections.abc import Sequence

import numpy as np

from explain.core.intervals import wilson
from explain.core.messages import say
from explain.core.sweep import GroupCount, Sweep
from explain.figures.chart import Bar, Bars
from explain.figures.wording import share

SMALL = 30
"""Groups with fewer samples are drawn grey and named as too small."""


def group_flips(sweep: Sweep, amount: float) -> Bars:
    """Return the share of decisions changed in each group at the nearest amount of the grid.

    Args:
        sweep: with its groups.
        amount: share removed; the nearest grid amount is used and named.
    """
    at = int(np.abs(sweep.amounts - amount).argmin())
    return flips_by_group(sweep.groups, at, amount=float(sweep.amounts[at]))


def flips_by_group(
    groups: Sequence[GroupCount], at: int = 0, *, amount: float | None = None
) -> Bars:
    """Return the share of decisions changed in each group.

    Args:
        groups: at one or several amounts.
        at: which of them.
        amount: the share removed there; None for a network that no plan made.
    """
    groups = [group for group in groups if group.n]
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
        scale=say("figures.groups.full_width", widest=widest),
        sentence=_sentence(groups, shares, bounds, amount),
        data={
            "group": [f"{group.column}: {group.label}" for group in groups],
            "n": [group.n for group in groups],
            "decisions changed": hits,
            "low": [low for low, _ in bounds],
            "high": [high for _, high in bounds],
            **({} if amount is None else {"amount": [amount] * len(groups)}),
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
    amount: float | None,
) -> str:
    large = [i for i, group in enumerate(groups) if group.n >= SMALL]
    if not large:
        return say("figures.groups.all_small", small=SMALL)
    top = max(large, key=shares.__getitem__)
    low, high = bounds[top]
    small = sum(group.n < SMALL for group in groups)
    said = say(
        "figures.groups.most_change",
        network="other" if amount is None else "planned",
        amount=amount or 0.0,
        column=groups[top].column,
        label=groups[top].label,
        share=shares[top],
        low=low,
        high=high,
        n=groups[top].n,
    )
    return f"{said} {say('figures.groups.grey', small=SMALL, groups=small)}" if small else said
