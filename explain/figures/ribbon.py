"""What the ribbon says at every amount of a sweep: numbers, the curve, where a case changes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import Evaluation, Sweep
from explain.core.messages import count, say
from explain.core.methods import Meter
from explain.core.scores import ScoreSet
from explain.core.subject import Subject, Task
from explain.figures import wording
from explain.figures.cases import case_name
from explain.measure import decision_changes, turns_of
from explain.pruning import fixed_pruned, groups

_ROOM = 0.08
"""Room above and below the curve, as a share of its range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RibbonReading:
    """What the ribbon says at one amount: big numbers, and the line below two of them.

    `change` is that of the metric, `outcomes` how many of the changed decisions are now wrong, now
    right, and wrong otherwise where there are such.
    """

    metric: str
    change: str
    changed: str
    outcomes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RibbonCurve:
    """A sweep as the ribbon draws and says it: one of each at every amount.

    `amounts` 0..1 ascending; `heights` 0..1 of the curve, None where there is no metric; `guess`
    that of the best answer that is the same for every sample, `guessing` what it says.
    `groups` (size, how many) and `fixed` turn any amount into the number of pruned entries of
    `total`, as in a `NetworkView`: what is kept is exact between the amounts too.
    """

    groups: tuple[tuple[int, ...], ...]
    fixed: int
    total: int
    amounts: tuple[float, ...]
    heights: tuple[float | None, ...]
    guess: float | None
    guessing: str
    readings: tuple[RibbonReading, ...]


def ribbon_curve(sweep: Sweep, scores: ScoreSet, task: Task, meter: Meter) -> RibbonCurve:
    """Return what the ribbon draws and says at every amount of a sweep.

    Args:
        sweep: of the plan.
        scores: of the plan's criterion.
        task: says which decisions differ.
        meter: of the sweep's metric.
    """
    *heights, guess = _heights(np.append(sweep.metric, sweep.guessing))
    return RibbonCurve(
        groups=groups(scores, sweep.plan),
        fixed=fixed_pruned(scores, sweep.plan),
        total=scores.entries,
        amounts=tuple(sweep.amounts.tolist()),
        heights=tuple(heights),
        guess=guess,
        guessing=say("figures.ribbon.guessing", metric=wording.metric(sweep.guessing, meter)),
        readings=tuple(
            ribbon_reading(sweep.dense, sweep.run(at), task, meter)
            for at in range(len(sweep.amounts))
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RibbonTurn:
    """Where the decision of one case first changes, and what became of it at every amount.

    `first` 0..1, None for never; `says` so in words; `signs` [K] are ✕, ✓, ≠ or = at the amounts of
    the sweep, `sides` "wrong", "right" or "".
    """

    first: float | None
    says: str
    signs: tuple[str, ...]
    sides: tuple[str, ...]


_SIDES = {"broke": "wrong", "changed wrong": "wrong", "fixed": "right"}


def ribbon_turn(sweep: Sweep, subject: Subject, row: int) -> RibbonTurn | None:
    """Return where a sample's decision first changes; None for one that the sweep did not run."""
    found = turns_of(sweep, subject.task, row)
    if not found:
        return None
    changed = [at for at, word in enumerate(found) if word != "same"]
    first = float(sweep.amounts[changed[0]]) if changed else None
    name = case_name(subject.samples, row)
    return RibbonTurn(
        first=first,
        says=say("figures.ribbon.stays", name=name)
        if first is None
        else say("figures.ribbon.turns", name=name, amount=first),
        signs=tuple(say("figures.ribbon.sign", status=word) for word in found),
        sides=tuple(_SIDES.get(word, "") for word in found),
    )


def bend(sweep: Sweep, low: float) -> float:
    """Return the last amount before the metric is first below `low`, one step at least."""
    below = np.flatnonzero(sweep.metric < low)
    at = int(below[0]) - 1 if len(below) else len(sweep.amounts) - 1
    return float(sweep.amounts[max(at, 1)])


def _heights(metric: NDArray[np.float64]) -> Iterator[float | None]:
    known = metric[np.isfinite(metric)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    room = _ROOM * ((high - low) or 1.0)
    for value in metric.tolist():
        height = (value - low + room) / (high - low + 2 * room)
        yield round(height, 4) if math.isfinite(value) else None


def ribbon_reading(dense: Evaluation, run: Evaluation, task: Task, meter: Meter) -> RibbonReading:
    """Return what the ribbon says of one network beside the dense one, on the same samples."""
    found = decision_changes(dense, run, task)
    return RibbonReading(
        metric=wording.metric(run.metric, meter),
        change=wording.signed_metric(run.metric - dense.metric, meter),
        changed=count(len(found.changed)),
        outcomes=say("figures.ribbon.no_labels")
        if dense.correct is None
        else say(
            "figures.ribbon.outcomes",
            broke=len(found.broke),
            fixed=len(found.fixed),
            otherwise=len(found.changed_wrong),
        ),
    )
