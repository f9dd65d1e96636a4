"""Decisions changed and how good they are, per group and class, with intervals."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import Evaluation, GroupCount, Sweep
from explain.core.decisions import of_class
from explain.core.intervals import wilson
from explain.core.messages import say, share
from explain.core.subject import Task
from explain.figures.chart import Bar, Bars

SMALL = 30
"""Groups with fewer samples are drawn grey and named as too small."""


def group_flips(sweep: Sweep, amount: float) -> Bars:
    """Return the share of decisions changed in each group at the nearest amount of the grid."""
    at = int(np.abs(sweep.amounts - amount).argmin())
    return flips_by_group(sweep.groups, at, amount=float(sweep.amounts[at]))


def flips_by_group(
    groups: Sequence[GroupCount], at: int = 0, *, amount: float | None = None
) -> Bars:
    """Return the share of decisions changed in each group, at one of the places of its counts.

    `amount`: the share removed there; None for a network that no plan made.
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
        sentence=_groups_sentence(groups, shares, bounds, amount),
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


def _groups_sentence(
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


def class_bars(
    task: Task, truth: NDArray[np.int64], shown: Evaluation, hidden: Evaluation
) -> Bars | None:
    """Return the share of each class that is decided right, in both networks; None without classes.

    Of a set of labels, it is the share of the samples with a label in which it is said. `truth`:
    the class of each sample [n], or its labels [n, labels]. `shown`: with all modules (grey),
    `hidden`: with some hidden (blue), on the same samples.
    """
    if shown.correct is None or hidden.correct is None or not task.classes:
        return None
    rows: list[Bar] = []
    data: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    found = {
        title: (_right(task, truth, shown, at), _right(task, truth, hidden, at))
        for at, title in enumerate(task.classes)
        if of_class(truth, at).any()
    }
    for title, both in found.items():
        for name, right, quiet in zip(_NETWORKS, both, (True, False), strict=True):
            rows.append(_bar(f"{title}, {name}", right, quiet=quiet))
            values = (title, name, len(right), int(right.sum()))
            for column, value in zip(_COLUMNS, values, strict=True):
                data[column].append(value)
    return Bars(
        rows=tuple(rows),
        scale=say("figures.classes.scale"),
        sentence=_classes_sentence(found, len(truth)),
        data=data,
    )


_COLUMNS = ("class", "network", "n", "right")
_NETWORKS = ("all modules", "some hidden")


def _right(task: Task, truth: NDArray[np.int64], found: Evaluation, at: int) -> NDArray[np.bool_]:
    """Return which of the samples of a class are decided right: the label said."""
    here = of_class(truth, at)
    if task.kind == "multilabel":
        return np.asarray(found.decisions[here, at] == 1)
    return np.asarray(found.correct)[here].astype(np.bool_)


def _bar(name: str, right: NDArray[np.bool_], *, quiet: bool) -> Bar:
    hits, n = int(right.sum()), len(right)
    low, high = wilson(hits, n)
    return Bar(
        name=name, text=f"{share(hits / n)} of {n}", value=hits / n, low=low, high=high, quiet=quiet
    )


def _classes_sentence(
    found: Mapping[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]], samples: int
) -> str:
    falls = {title: float(shown.mean() - hidden.mean()) for title, (shown, hidden) in found.items()}
    worst = max(falls, key=lambda title: falls[title])
    if falls[worst] <= 0:
        return say("figures.classes.none_worse", count=len(falls), samples=samples)
    return say(
        "figures.classes.suffers_most",
        name=worst,
        fall=falls[worst],
        samples=samples,
    )
