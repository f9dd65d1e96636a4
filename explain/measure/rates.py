"""How often each class is found, and how often it is said falsely, by two networks.

The share of a class that is found is its recall. Of the second of two classes it is the
sensitivity, and one minus the rate of its false alarms is the specificity (Yerushalmy 1947).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import FlipLedger
from explain.core.decisions import of_class
from explain.core.intervals import Measurement, interval, resampling, share_of
from explain.core.messages import Message
from explain.core.subject import Subject

_FEWEST = 2
"""Samples from which on there is an interval."""
Kind = Literal["found", "false_alarms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRate:
    """A class or label, how often the two networks say it, and the change, paired by sample."""

    at: int
    before: Measurement
    after: Measurement
    change: Measurement


def class_rates(
    subject: Subject, ledger: FlipLedger, kind: Kind = "found"
) -> tuple[ClassRate, ...]:
    """Return how often each class is said: of its own samples, or of all others.

    The shares have Wilson's interval, the change one of rows drawn with replacement: both networks
    are resampled alike, and so is how many samples are of the class.

    Args:
        subject: whose samples the ledger is of.
        ledger: of the two networks compared.
        kind: "found", the share of a class that is found; "false_alarms", the share of the other
            samples that are said to be of it.

    Returns:
        One for each class that occurs, and for false alarms that is not everything. Empty without
        targets and for values.

    Cost: no forward pass.
    """
    targets, task = subject.samples.targets, subject.task
    if targets is None or task.kind == "regression":
        return ()
    truth = targets[ledger.rows.tolist()].numpy()
    classes = truth.shape[1] if truth.ndim > 1 else int(truth.max(initial=0)) + 1
    how = Message("how.found" if kind == "found" else "how.false_alarms")
    asked = {at: of_class(truth, at) == (kind == "found") for at in range(classes)}
    return tuple(
        _rate(at, here, of_class(ledger.before, at), of_class(ledger.after, at), how)
        for at, here in asked.items()
        if here.any()
    )


def _rate(
    at: int,
    asked: NDArray[np.bool_],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
    how: Message,
) -> ClassRate:
    n = int(asked.sum())
    return ClassRate(
        at=at,
        before=share_of("rate", int(before[asked].sum()), n, how),
        after=share_of("rate", int(after[asked].sum()), n, how),
        change=_change(asked, after.astype(np.float64) - before, how),
    )


def _change(asked: NDArray[np.bool_], moved: NDArray[np.float64], how: Message) -> Measurement:
    n, value = int(asked.sum()), float(moved[asked].mean())
    if n < _FEWEST:
        return Measurement(key="rate_change", value=value, unit="share", n=n, how=how)
    shares = resampling(len(asked))
    size = shares @ asked
    drawn = size > 0
    low, high = interval((shares @ (moved * asked))[drawn] / size[drawn])
    how = Message("how.over_rows", how=how)
    return Measurement(
        key="rate_change", value=value, unit="share", n=n, how=how, low=low, high=high
    )
