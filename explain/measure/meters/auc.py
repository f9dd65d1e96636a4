"""AUC: the chance that a positive sample scores above a negative one."""

from torch import Tensor

from explain.core.decisions import auc
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the area under the ROC curve, 0..1, by rank sums; ties count half."""
    return auc(outputs, targets, subject.task)


def _fits(subject: Subject) -> Message | None:
    """Return why AUC has no meaning here: it needs exactly two classes."""
    task = subject.task
    pair = task.kind == "classification" and len(task.classes) == len(("no", "yes"))
    return None if pair or task.kind == "binary" else Message("measure.two_classes")


AUC = Meter(
    key="auc",
    title="AUC",
    line="Chance that a positive sample scores above a negative one.",
    function=_measure,
    better="higher",
    unit="value",
    fits=_fits,
)
