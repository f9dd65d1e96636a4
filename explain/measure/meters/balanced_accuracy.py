"""Balanced accuracy: the mean over classes of the share found of each class."""

import numpy as np
from torch import Tensor

from explain.core.records import Meter
from explain.core.subject import Subject
from explain.measure.decisions import decide


def measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the mean recall, 0..1, over the classes that occur."""
    decisions = decide(outputs, subject.task)
    truth = targets.double().numpy()
    recalls = [(decisions[truth == label] == label).mean() for label in np.unique(truth)]
    return float(np.mean(recalls))


BALANCED_ACCURACY = Meter(
    key="balanced-accuracy",
    title="balanced accuracy",
    line="Mean over classes of the share of each class that is found.",
    function=measure,
    better="higher",
    unit="share",
    fits=lambda subject: (
        "It needs one class a sample."
        if subject.task.kind in {"regression", "multilabel"}
        else None
    ),
)
