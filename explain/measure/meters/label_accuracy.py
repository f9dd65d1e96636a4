"""Label accuracy: the share of single labels that are decided right."""

from torch import Tensor

from explain.core.decisions import decide
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the share of all labels of all samples, 0..1, said and true or neither."""
    return float((decide(outputs, subject.task) == targets.double().numpy()).mean())


LABEL_ACCURACY = Meter(
    key="label-accuracy",
    title="accuracy of single labels",
    line="Share of single labels decided right; high where labels are rare, whatever is said.",
    function=_measure,
    better="higher",
    unit="share",
    fits=lambda subject: (
        None if subject.task.kind == "multilabel" else Message("measure.several_labels")
    ),
)
