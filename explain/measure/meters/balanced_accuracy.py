"""Balanced accuracy: the mean over classes of the share found of each class."""

from explain.core.decisions import balanced_accuracy, resampled_balanced_accuracy
from explain.core.messages import Message
from explain.core.methods import Meter

BALANCED_ACCURACY = Meter(
    key="balanced-accuracy",
    title="balanced accuracy",
    line="Mean over classes of the share of each class that is found.",
    function=lambda outputs, targets, subject: balanced_accuracy(outputs, targets, subject.task),
    resampled=lambda outputs, targets, subject, shares: resampled_balanced_accuracy(
        outputs, targets, subject.task, shares
    ),
    better="higher",
    unit="share",
    fits=lambda subject: (
        Message("measure.one_class") if subject.task.kind in {"regression", "multilabel"} else None
    ),
)
