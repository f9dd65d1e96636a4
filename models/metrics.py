"""The figures on a card."""

from torch import Tensor

from explain.core.losses import sample_losses
from explain.core.metrics import accuracy, auc, balanced_accuracy
from explain.core.subject import Task


def figures(outputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Return every figure that fits outputs [n, classes] and targets [n], to 6 decimals.

    The AUC only for two classes; the log-loss in nats.
    """
    task = Task(kind="classification", classes=tuple(map(str, range(outputs.shape[1]))))
    found = {
        "accuracy": accuracy(outputs, targets, task),
        "balanced-accuracy": balanced_accuracy(outputs, targets, task),
        "log-loss": float(sample_losses(outputs.double(), targets, task).mean()),
    }
    if outputs.shape[1] == 2:
        found["auc"] = auc(outputs, targets, task)
    return {key: round(value, 6) for key, value in found.items()}
