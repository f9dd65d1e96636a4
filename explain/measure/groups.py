"""How many decisions changed in each group of the samples."""

import numpy as np
from numpy.typing import NDArray

from explain.core.decisions import differ
from explain.core.subject import Subject
from explain.core.subset import evaluation_rows
from explain.core.sweep import Evaluation, GroupCount


def group_counts(subject: Subject, before: Evaluation, after: Evaluation) -> tuple[GroupCount, ...]:
    """Return the counts of every group between two networks, as a sweep's with one amount.

    Args:
        subject: whose samples both networks answered, all or 2,000 by class share.
        before: the dense network's answers.
        after: the other network's answers to the same samples.
    """
    moved = differ(before.decisions, after.decisions, subject.task)[None]
    right = None if after.correct is None else after.correct[None]
    return count_groups(subject, evaluation_rows(subject), moved, right)


def count_groups(
    subject: Subject,
    rows: NDArray[np.int64],
    moved: NDArray[np.bool_],
    right: NDArray[np.bool_] | None,
) -> tuple[GroupCount, ...]:
    """Return the counts of every group of `rows` from what changed and what is right [K, n]."""
    found: list[GroupCount] = []
    for column, values in subject.samples.groups.items():
        labels = np.array(values)[rows]
        for label in np.unique(labels).tolist():
            at = labels == label
            found.append(
                GroupCount(
                    column=column,
                    label=label,
                    n=int(at.sum()),
                    correct=None if right is None else right[:, at].sum(1),
                    flips=moved[:, at].sum(1),
                )
            )
    return tuple(found)
