"""Accuracy: the share of right decisions."""

from explain.core.decisions import accuracy
from explain.core.methods import Meter

ACCURACY = Meter(
    key="accuracy",
    title="accuracy",
    line="Share of right decisions.",
    function=lambda outputs, targets, subject: accuracy(outputs, targets, subject.task),
    better="higher",
    unit="share",
)
