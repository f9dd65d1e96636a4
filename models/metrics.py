"""The figures on a card: plain functions of outputs [n, classes] and targets [n]."""

import torch
from torch import Tensor

__all__ = ["accuracy", "auc", "balanced_accuracy", "figures", "log_loss"]


def accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Return the share of rows whose largest output is the target."""
    return _correct(outputs, targets).mean().item()


def balanced_accuracy(outputs: Tensor, targets: Tensor) -> float:
    """Return the mean over all classes of the accuracy within each class; each must be present."""
    correct = _correct(outputs, targets)
    within = [correct[targets == label].mean() for label in range(outputs.shape[1])]
    return torch.stack(within).mean().item()


def auc(outputs: Tensor, targets: Tensor) -> float:
    """Return the share of (class 1, class 0) pairs that output 1 - output 0 orders rightly.

    A tie counts half (Mann-Whitney). `outputs` is [n, 2] and both classes must be present.
    """
    score = outputs[:, 1].double() - outputs[:, 0].double()
    positive, negative = score[targets == 1], score[targets == 0]
    order = negative.sort().values
    below = torch.searchsorted(order, positive)
    not_above = torch.searchsorted(order, positive, right=True)
    return ((below + not_above).double().mean() / (2 * len(order))).item()


def log_loss(outputs: Tensor, targets: Tensor) -> float:
    """Return the mean negative log of the probability given to the target, in nats."""
    return torch.nn.functional.cross_entropy(outputs.double(), targets).item()


def figures(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Return every figure that fits; the AUC only for two classes. Rounded to 6 decimals."""
    found = {
        "accuracy": accuracy(outputs, targets),
        "balanced-accuracy": balanced_accuracy(outputs, targets),
        "log-loss": log_loss(outputs, targets),
    }
    if outputs.shape[1] == 2:
        found["auc"] = auc(outputs, targets)
    return {key: round(value, 6) for key, value in found.items()}


def _correct(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return 1.0 where the decision is the target."""
    return (outputs.argmax(dim=1) == targets).double()
