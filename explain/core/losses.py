"""The loss that a task is judged and differentiated by."""

import torch
from torch import Tensor
from torch.nn import functional

from explain.core.subject import Task

__all__ = ["sample_losses"]


def sample_losses(outputs: Tensor, targets: Tensor, task: Task) -> Tensor:
    """Return one loss per sample [n]: cross-entropy in nats, or squared error for regression.

    Args:
        outputs: [n, classes] logits; [n] or [n, 1] for "binary" and "regression".
        targets: [n] class indices (int64), or values for regression.
        task: says which of the three it is.
    """
    if task.kind == "classification":
        return functional.cross_entropy(outputs, targets, reduction="none")
    column = outputs.reshape(len(outputs), -1)[:, 0]
    truth = targets.to(column.dtype)
    if task.kind == "binary":
        return functional.binary_cross_entropy_with_logits(column, truth, reduction="none")
    return torch.square(column - truth)
