"""What becomes of one sample's decision at every amount of a sweep."""

import numpy as np

from explain.core.comparison import Sweep
from explain.core.decisions import differ
from explain.core.subject import Task
from explain.measure.evaluation import status


def turns_of(sweep: Sweep, task: Task, row: int) -> tuple[str, ...]:
    """Return the status of a sample's decision at each amount [K], as in the flip ledger.

    Args:
        sweep: of the plan.
        task: says which decisions differ.
        row: of the sample; one that the sweep did not run has no status at all.
    """
    at = np.flatnonzero(sweep.rows == row)[:1]
    if not len(at):
        return ()
    many = len(sweep.amounts)
    dense = sweep.dense
    changed = differ(dense.decisions[at].repeat(many, axis=0), sweep.decisions[:, at[0]], task)
    if dense.correct is None or sweep.correct is None:
        return status(changed, None, None)
    return status(changed, dense.correct[at].repeat(many), sweep.correct[:, at[0]])
