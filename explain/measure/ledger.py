"""Which decisions changed, what that did to right and wrong, and when it happened."""

import numpy as np
from numpy.typing import NDArray

from explain.core.decisions import differ
from explain.core.subject import Subject, Task
from explain.core.sweep import Evaluation, FlipLedger, Flips, Sweep


def decision_changes(before: Evaluation, after: Evaluation, task: Task) -> Flips:
    """Return the decisions that differ between two evaluations of the same samples.

    For classes, `len(fixed) - len(broke)` is exactly the change in the number of right answers. A
    regression may cross the tolerance round its target by less than a changed decision moves.
    """
    changed = differ(before.decisions, after.decisions, task)
    none = np.zeros_like(changed)
    was = none if before.correct is None else before.correct
    now = none if after.correct is None else after.correct
    known = none if before.correct is None else ~none
    return Flips(
        n=before.n,
        changed=np.flatnonzero(changed),
        broke=np.flatnonzero(changed & was & ~now),
        fixed=np.flatnonzero(changed & ~was & now),
        changed_wrong=np.flatnonzero(known & changed & ~was & ~now),
    )


def status(
    changed: NDArray[np.bool_], was: NDArray[np.bool_] | None, now: NDArray[np.bool_] | None
) -> tuple[str, ...]:
    """Return per sample "same", "broke", "fixed", "changed wrong" or "changed".

    "changed" stands where there are no targets, and for values that stay right.
    """
    if was is None or now is None:
        return tuple(np.where(changed, "changed", "same").tolist())
    cases = [~changed, was & ~now, ~was & now, ~was & ~now]
    return tuple(np.select(cases, ["same", "broke", "fixed", "changed wrong"], "changed").tolist())


def ledger_of(sweep: Sweep, subject: Subject, pruned: Evaluation) -> FlipLedger:
    """Return for every sample what happened to its decision, now and over the sweep's grid.

    First changes are known to the resolution of the sweep's grid only.

    Args:
        sweep: of the plan; it holds the dense network's decisions.
        subject: the dense subject.
        pruned: the evaluation of the pruned network on the sweep's rows.
    """
    dense, after, task = sweep.dense, pruned, subject.task
    moved = np.stack([differ(dense.decisions, row, task) for row in sweep.decisions])
    first = np.where(moved.any(0), sweep.amounts[moved.argmax(0)], np.nan)
    back = np.logical_or.reduce(np.logical_or.accumulate(moved) & ~moved)
    return FlipLedger(
        rows=sweep.rows,
        before=dense.decisions,
        after=after.decisions,
        status=status(differ(dense.decisions, after.decisions, task), dense.correct, after.correct),
        first_amount=first,
        flips_back=back,
    )
