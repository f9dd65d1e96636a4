"""Changed decisions by group: how many, what became of them, and which group stands out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import FlipLedger, GroupCount
from explain.core.intervals import wilson
from explain.core.subject import Subject

FEW = 30
"""Groups with fewer samples are too small to compare."""
_NUMBER = re.compile(r"(?<!\d)-?\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange:
    """The changed decisions of one group.

    `low`, `high`: Wilson's 95 % interval of the share that changed. `broke` are now wrong, `fixed`
    now right; both None without targets.
    """

    column: str
    label: str
    n: int
    changed: int
    broke: int | None
    fixed: int | None
    low: float
    high: float

    @property
    def share(self) -> float:
        """Return the share of the group's decisions that changed, 0..1."""
        return self.changed / self.n

    @property
    def small(self) -> bool:
        """Return whether the group has too few samples to compare."""
        return self.n < FEW


def group_changes(subject: Subject, ledger: FlipLedger) -> tuple[GroupChange, ...]:
    """Return what became of the decisions of every group, columns and labels in their order.

    Args:
        subject: whose samples the ledger is of.
        ledger: of the two networks compared.
    """
    status = np.array(ledger.status)
    known = subject.samples.targets is not None
    return tuple(
        _change(column, label, status[at], known=known)
        for column, label, at in groups_of(subject, ledger.rows)
    )


def _change(column: str, label: str, status: NDArray[np.str_], *, known: bool) -> GroupChange:
    changed = int((status != "same").sum())
    low, high = wilson(changed, len(status))
    return GroupChange(
        column=column,
        label=label,
        n=len(status),
        changed=changed,
        broke=int((status == "broke").sum()) if known else None,
        fixed=int((status == "fixed").sum()) if known else None,
        low=low,
        high=high,
    )


def stands_out(groups: Sequence[GroupChange], everybody: float) -> GroupChange | None:
    """Return the group with the highest share, if its interval lies above everybody's share.

    Groups too small to compare are left out. Of many groups one in forty lies above by chance.
    """
    large = [group for group in groups if not group.small]
    top = max(large, key=lambda group: group.share, default=None)
    return top if top is not None and top.low > everybody else None


def groups_of(
    subject: Subject, rows: NDArray[np.int64]
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Yield column, label and which of the rows [n] are of it, labels in their natural order."""
    for column, values in subject.samples.groups.items():
        labels = np.array(values)[rows]
        for label in sorted(np.unique(labels).tolist(), key=natural_order):
            yield column, label, labels == label


def natural_order(label: str) -> tuple[bool, float, bool, str]:
    """Return what orders labels: bands of numbers ascending, then words.

    "under 45" comes before "45 to 54", and that before "65 and over".
    """
    found = _NUMBER.search(label)
    if found is None:
        return True, 0.0, False, label
    return False, float(found[0].replace(",", "")), found.start() == 0, label


def count_groups(
    subject: Subject,
    rows: NDArray[np.int64],
    moved: NDArray[np.bool_],
    right: NDArray[np.bool_] | None,
) -> tuple[GroupCount, ...]:
    """Return the counts of every group of `rows` from what changed and what is right [K, n]."""
    return tuple(
        GroupCount(
            column=column,
            label=label,
            n=int(at.sum()),
            correct=None if right is None else right[:, at].sum(1),
            flips=moved[:, at].sum(1),
        )
        for column, label, at in groups_of(subject, rows)
    )
