"""The loss that a task is judged and differentiated by."""

import torch
from torch import Tensor
from torch.nn import functional

from explain.core.subject import Task


def sample_losses(outputs: Tensor, targets: Tensor, task: Task) -> Tensor:
    """Return one loss per sample [n]: cross-entropy in nats, or squared error for regression.

    The loss of a set of labels is the mean of the binary cross-entropies of its labels.

    Args:
        outputs: [n, classes] or [n, labels] logits; [n] or [n, 1] for "binary" and "regression".
        targets: [n] class indices (int64), [n, labels] of 0 and 1, or values for regression.
        task: says which of the four it is.
    """
    if task.kind == "classification":
        return functional.cross_entropy(outputs, targets, reduction="none")
    if task.kind == "multilabel":
        each = functional.binary_cross_entropy_with_logits(
            outputs, targets.to(outputs.dtype), reduction="none"
        )
        return each.mean(1)
    column = outputs.reshape(len(outputs), -1)[:, 0]
    truth = targets.to(column.dtype)
    if task.kind == "binary":
        return functional.binary_cross_entropy_with_logits(column, truth, reduction="none")
    return torch.square(column - truth)
