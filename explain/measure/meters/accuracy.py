"""Accuracy: the share of right decisions."""

from torch import Tensor

from explain.core.records import Meter
from explain.core.subject import Subject
from explain.measure.decisions import correct, decide


def measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the share of samples, 0..1, whose decision is the target: every label of a set."""
    decisions = decide(outputs, subject.task)
    return float(correct(decisions, targets.double().numpy(), subject.task).mean())


ACCURACY = Meter(
    key="accuracy",
    title="accuracy",
    line="Share of right decisions.",
    function=measure,
    better="higher",
    unit="share",
)
