"""Metrics that more than one room counts: of outputs, the answers and what outputs mean."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.decisions import correct, decide
from explain.core.subject import Task


def accuracy(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the share of samples, 0..1, whose decision is the target: every label of a set."""
    return float(correct(decide(outputs, task), targets.double().numpy(), task).mean())


def balanced_accuracy(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the mean recall, 0..1, over the classes that occur."""
    decisions, truth = decide(outputs, task), targets.double().numpy()
    recalls = [(decisions[truth == label] == label).mean() for label in np.unique(truth)]
    return float(np.mean(recalls))


def auc(outputs: Tensor, targets: Tensor, task: Task) -> float:
    """Return the area under the ROC curve, 0..1, by rank sums; ties count half.

    The score is logit 1 minus logit 0, or the one logit of a binary task. NaN if a class is absent.
    """
    logits = outputs.double()
    two = task.kind == "classification"
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
