"""Balanced accuracy: the mean over classes of the share found of each class."""

from torch import Tensor

from explain.core.decisions import balanced_accuracy
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the mean recall, 0..1, over the classes that occur."""
    return balanced_accuracy(outputs, targets, subject.task)


BALANCED_ACCURACY = Meter(
    key="balanced-accuracy",
    title="balanced accuracy",
    line="Mean over classes of the share of each class that is found.",
    function=_measure,
    better="higher",
    unit="share",
    fits=lambda subject: (
        Message("measure.one_class") if subject.task.kind in {"regression", "multilabel"} else None
    ),
)
