"""Which decision became which between two networks, and how far values moved."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import FlipLedger
from explain.core.decisions import differ
from explain.core.subject import Task

Way = tuple[int, int]
"""The classes before and after. Of sets: a label, and 1 where it is said now, 0 where no longer.
Of values: (0, 1) where it rose by more than the tolerance, (1, 0) where it fell, (0, 0) else."""

_VALUES: tuple[Way, ...] = ((0, 0), (0, 1), (1, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Samples whose decision went the same way.

    `broke` of them are now wrong, `fixed` now right. `moved` is how far values moved: median and
    largest, NaN for no sample and for what is no value.
    """

    way: Way
    n: int
    broke: int
    fixed: int
    moved: tuple[float, float] = (np.nan, np.nan)


def transitions(ledger: FlipLedger, task: Task) -> tuple[Transition, ...]:
    """Return how many samples went each way, those that changed and those that did not.

    For classes only ways that occur; they are the cells of the table of one network's decisions
    against the other's. For sets of labels a sample is counted for each label that changed.
    """
    status = np.array(ledger.status)
    return tuple(_transition(ledger, status, task, way) for way in _ways(ledger, task))


def _transition(ledger: FlipLedger, status: NDArray[np.str_], task: Task, way: Way) -> Transition:
    at = went(ledger, task, way)
    here = status[at]
    far = np.abs(ledger.after - ledger.before)[at] if task.kind == "regression" else np.zeros(0)
    return Transition(
        way=way,
        n=int(at.sum()),
        broke=int((here == "broke").sum()),
        fixed=int((here == "fixed").sum()),
        moved=(float(np.median(far)), float(far.max())) if len(far) else (np.nan, np.nan),
    )


def _ways(ledger: FlipLedger, task: Task) -> Iterator[Way]:
    if task.kind == "regression":
        yield from _VALUES
    elif task.kind == "multilabel":
        yield from ((label, said) for label in range(ledger.before.shape[1]) for said in (1, 0))
    else:
        pairs = np.stack([ledger.before, ledger.after], axis=1).astype(np.int64)
        yield from ((int(first), int(second)) for first, second in np.unique(pairs, axis=0))


def went(ledger: FlipLedger, task: Task, way: Way) -> NDArray[np.bool_]:
    """Return which samples [n] went this way; none where there is no such way."""
    before, after = ledger.before, ledger.after
    if task.kind == "regression":
        moved, rose = differ(before, after, task), after > before
        first, second = way
        return np.asarray(moved & (rose == (second > first)) if first != second else ~moved)
    if task.kind == "multilabel":
        label, said = way
        if label >= before.shape[1]:
            return np.zeros(len(before), np.bool_)
        return np.asarray((before[:, label] != said) & (after[:, label] == said))
    return np.asarray((before == way[0]) & (after == way[1]))
