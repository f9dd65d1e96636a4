"""AUC: the chance that a positive sample scores above a negative one."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.records import Meter
from explain.core.subject import Subject


def measure(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    """Return the area under the ROC curve, 0..1, by rank sums; ties count half.

    The score is logit 1 minus logit 0, or the one logit of a binary task. NaN if a class is absent.
    """
    logits = outputs.double()
    two = subject.task.kind == "classification"
    column = (logits[:, 1] - logits[:, 0]) if two else logits.reshape(len(logits), -1)[:, 0]
    truth = targets.numpy() == 1
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = _ranks(torch.nan_to_num(column).numpy())
    above = ranks[truth].sum() - positives * (positives + 1) / 2
    return float(above / (positives * negatives))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum()
    means: NDArray[np.float64] = (last - (counts - 1) / 2)[inverse]
    return means


def fits(subject: Subject) -> str | None:
    """Return why AUC has no meaning here: it needs exactly two classes."""
    task = subject.task
    pair = task.kind == "classification" and len(task.classes) == len(("no", "yes"))
    return None if pair or task.kind == "binary" else "It needs exactly two classes."


AUC = Meter(
    key="auc",
    title="AUC",
    line="Chance that a positive sample scores above a negative one.",
    function=measure,
    better="higher",
    unit="value",
    fits=fits,
)
