"""Accuracy: the share of right decisions."""

from explain.core.decisions import accuracy, resampled_accuracy
from explain.core.methods import Meter

ACCURACY = Meter(
    key="accuracy",
    title="accuracy",
    line="Share of right decisions.",
    function=lambda outputs, targets, subject: accuracy(outputs, targets, subject.task),
    resampled=lambda outputs, targets, subject, shares: resampled_accuracy(
        outputs, targets, subject.task, shares
    ),
    better="higher",
    unit="share",
)
