"""From outputs to decisions, and which of them are right."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.subject import Subject, Task

__all__ = ["correct", "decide", "decisions", "differ"]


def decide(outputs: Tensor, task: Task) -> NDArray[np.float64]:
    """Return one decision per sample [n]: a class index, or the value itself for regression.

    Args:
        outputs: [n, classes] logits (the first of equal ones wins), or one column for "binary"
            (class 1 above `task.cut`) and "regression".
        task: says which of the three it is.
    """
    values = outputs.detach().double().reshape(len(outputs), -1).numpy()
    if task.kind == "classification":
        largest: NDArray[np.float64] = values.argmax(1).astype(np.float64)
        return largest
    column: NDArray[np.float64] = values[:, 0].copy()
    return (column > task.cut).astype(np.float64) if task.kind == "binary" else column


def correct(
    decisions: NDArray[np.float64], targets: NDArray[np.float64], task: Task
) -> NDArray[np.bool_]:
    """Return which decisions are right [n]; for regression, within the task's tolerance."""
    return ~differ(decisions, targets, task)


def differ(
    before: NDArray[np.float64], after: NDArray[np.float64], task: Task
) -> NDArray[np.bool_]:
    """Return which decisions differ [n]; for regression, by more than the task's tolerance."""
    if task.kind == "regression":
        moved: NDArray[np.bool_] = np.abs(after - before) > task.tolerance
        return moved
    other: NDArray[np.bool_] = before != after
    return other


def decisions(
    subject: Subject, rows: NDArray[np.int64], *, batch: int = 512
) -> NDArray[np.float64]:
    """Return what the network decides for these rows [n]. Cost: one forward pass over them."""
    samples = subject.samples.take(rows)
    with torch.no_grad():
        parts = [
            subject.network(*(x[at : at + batch] for x in samples.inputs))
            for at in range(0, samples.count, batch)
        ]
    return decide(torch.cat(parts), subject.task)
