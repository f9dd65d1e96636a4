"""Label accuracy: the share of single labels that are decided right."""

import numpy as np
from torch import Tensor

from explain.core.decisions import decide
from explain.core.messages import Message
from explain.core.methods import Meter, Shares
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the share of all labels of all samples, 0..1, said and true or neither."""
    return float((decide(outputs, subject.task) == targets.double().numpy()).mean())


def _resampled(outputs: Tensor, targets: Tensor, subject: Subject, shares: Shares) -> Shares:
    """Return the same in resamples [m]."""
    right = decide(outputs, subject.task) == targets.double().numpy()
    return np.asarray(shares @ right.mean(1))


LABEL_ACCURACY = Meter(
    key="label-accuracy",
    title="accuracy of single labels",
    line="Share of single labels decided right; high where labels are rare, whatever is said.",
    function=_measure,
    resampled=_resampled,
    better="higher",
    unit="share",
    fits=lambda subject: (
        None if subject.task.kind == "multilabel" else Message("measure.several_labels")
    ),
)
