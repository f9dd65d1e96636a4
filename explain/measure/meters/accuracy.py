"""Accuracy: the share of right decisions."""

from torch import Tensor

from explain.core.decisions import accuracy
from explain.core.methods import Meter
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the share of samples, 0..1, whose decision is the target: every label of a set."""
    return accuracy(outputs, targets, subject.task)


ACCURACY = Meter(
    key="accuracy",
    title="accuracy",
    line="Share of right decisions.",
    function=_measure,
    better="higher",
    unit="share",
)
