"""guessing: what the metric says of answers that do not look at the sample."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from explain.core.comparison import Evaluation
from explain.core.subject import Subject, Task
from explain.measure.catalog import meter
from explain.measure.evaluation import headline_metric


def guessing(subject: Subject, dense: Evaluation, rows: NDArray[np.int64]) -> float:
    """Return the headline metric of the best answer that is the same for every sample.

    Classes: the most frequent one. Sets of labels: every label that most samples have, or all of
    them. Values: the mean. Where there are no targets, the dense decisions stand for them. Cost:
    the metric once or twice, no forward pass.

    Args:
        subject: whose samples are answered.
        dense: the dense network's answers to `rows`.
        rows: the samples that count.
    """
    record, truth = meter(headline_metric(subject)), subject.samples.targets
    targets = torch.from_numpy(dense.decisions) if truth is None else truth[rows.tolist()]
    found = [
        record.function(answer.expand(len(targets), -1), targets, subject)
        for answer in _answers(subject.task, targets)
    ]
    return max(found) if record.better == "higher" else min(found)


def _answers(task: Task, targets: Tensor) -> tuple[Tensor, ...]:
    """Return what is answered to every sample, as outputs [1, k] of a network."""
    if task.kind == "regression":
        return (targets.double().mean().reshape(1, 1),)
    if task.kind == "multilabel":
        most = (targets.double().mean(0, keepdim=True) > 1 / 2).double()
        return tuple(task.cut + 2 * said - 1 for said in (most, torch.ones_like(most)))
    usual = targets.long().mode().values
    if task.kind == "binary":
        return ((task.cut + 2.0 * usual - 1).reshape(1, 1),)
    return (functional.one_hot(usual, len(task.classes)).double()[None],)
