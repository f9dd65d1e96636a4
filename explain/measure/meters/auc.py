"""AUC: the chance that a positive sample scores above a negative one."""

from explain.core.decisions import auc, resampled_auc
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject


def _fits(subject: Subject) -> Message | None:
    """Return why AUC has no meaning here: it needs exactly two classes."""
    task = subject.task
    pair = task.kind == "classification" and len(task.classes) == len(("no", "yes"))
    return None if pair or task.kind == "binary" else Message("measure.two_classes")


AUC = Meter(
    key="auc",
    title="AUC",
    line="Chance that a positive sample scores above a negative one.",
    function=lambda outputs, targets, subject: auc(outputs, targets, subject.task),
    resampled=lambda outputs, targets, subject, shares: resampled_auc(
        outputs, targets, subject.task, shares
    ),
    better="higher",
    unit="value",
    fits=_fits,
)
