"""contribution_change: what pruning did to the contribution of each module."""

import numpy as np

from explain.core.contributions import ContributionChange, Contributions
from explain.core.errors import InvalidSubject
from explain.decompose.contributions.spread import of_means


def contribution_change(before: Contributions, after: Contributions) -> ContributionChange:
    """Return after - before for each module, row by row, with 95 % intervals.

    The rows are paired, so the interval is that of the difference: narrower than the two intervals
    side by side suggest. Sampling errors of both are added in quadrature. A single row that was
    counted exactly has no spread: its interval is its value.

    Args:
        before: of one network, usually the dense one.
        after: of another, over the same modules, rows, outputs, value and replacement.

    Cost: no pass.

    Raises:
        InvalidSubject: two different questions.
    """
    same = (
        before.per_row.shape == after.per_row.shape
        and np.array_equal(before.rows, after.rows)
        and np.array_equal(before.targets, after.targets)
        and (before.value, before.replacement) == (after.value, after.replacement)
    )
    if not same:
        raise InvalidSubject("decompose.different_questions")
    sampling = np.hypot(before.sampling, after.sampling)
    mean, low, high = of_means(after.per_row - before.per_row, sampling)
    return ContributionChange(change=mean, low=low, high=high, n=len(before.rows))
