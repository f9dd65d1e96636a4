"""What the outputs of a network mean, and whether samples and network fit that."""

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject
from explain.core.network import Network
from explain.core.subject import Samples, Subject, Task
from explain.measure.catalog import meter
from explain.network import answering_module

__all__ = ["as_targets", "check_outputs", "check_subject", "infer_task"]

_FEWEST_LABELS = 2
_NAMES = {"classification": "classes", "multilabel": "labels"}
_PROBABILITIES = (nn.Sigmoid, nn.Hardsigmoid, nn.Softmax)


def as_targets(targets: Tensor, task: Task | None = None) -> Tensor:
    """Return targets as one column [n]: int64 for any integers and booleans, floats as they are.

    For a task of several labels they are [n, labels] of 0 and 1, as int64.

    Raises:
        InvalidSubject: neither [n] nor [n, 1]; or of labels, other than one 0 or 1 for each.
    """
    if task is not None and task.kind == "multilabel":
        return _as_labels(targets, len(task.classes))
    if targets.dim() == 2 and targets.shape[1] == 1:
        targets = targets.squeeze(1)
    if targets.dim() != 1:
        raise InvalidSubject(
            f"Targets of shape {list(targets.shape)} are not one per sample.",
            hint="Give one class index or one value per sample: shape [n]; for several labels a "
            'sample, name them in task=Task(kind="multilabel", classes=...).',
        )
    return targets if targets.is_floating_point() else targets.to(torch.int64)


def _as_labels(targets: Tensor, count: int) -> Tensor:
    if targets.dim() != 2 or targets.shape[1] != count:
        raise InvalidSubject(
            f"Targets of shape {list(targets.shape)} are not {count} labels per sample.",
            hint="Give a column of 0 and 1 for each label: shape [n, labels].",
        )
    whole = targets.to(torch.int64)
    if not bool(((whole == targets) & (whole >= 0) & (whole <= 1)).all()):
        raise InvalidSubject("Labels are 0 or 1.", hint="Give 1 where a label is true, else 0.")
    return whole


def infer_task(outputs: Tensor, samples: Samples, classes: tuple[str, ...]) -> Task:
    """Return what outputs [n], [n, 1] or [n, classes] mean, judged by the type of the targets.

    Several labels a sample are never guessed: without targets their logits look like classes.
    """
    columns = outputs.reshape(len(outputs), -1).shape[1]
    targets = samples.targets
    if targets is not None and targets.is_floating_point():
        spread = float(targets.double().std()) if samples.count > 1 else 1.0
        return Task(kind="regression", metric="r2", tolerance=0.1 * spread)
    if columns == 1:
        return Task(kind="binary", classes=classes or ("0", "1"))
    return Task(kind="classification", classes=classes or tuple(str(i) for i in range(columns)))


def check_outputs(network: Network, outputs: Tensor, task: Task) -> None:
    """Refuse a network whose outputs are not what the task says.

    Raises:
        InvalidSubject: outputs of more than two dimensions, another number of columns than the
            task has classes or values, or probabilities where logits are needed.
    """
    if outputs.dim() > 2:
        raise InvalidSubject(
            f"The network gives {list(outputs.shape[1:])} numbers for each sample.",
            hint="Wrap it so that it gives one row per sample: shape [n, classes] or [n].",
        )
    _check_columns(outputs.reshape(len(outputs), -1).shape[1], task)
    last = answering_module(network)
    if task.kind != "regression" and isinstance(last, _PROBABILITIES):
        raise InvalidSubject(
            f"The network ends in {type(last).__name__}: its outputs are no logits.",
            hint=f"Leave out the last {type(last).__name__} and give the logits.",
        )


def _check_columns(columns: int, task: Task) -> None:
    if task.kind == "regression" and columns != 1:
        raise InvalidSubject(
            f"A regression has one output, this network has {columns}.",
            hint="Wrap it to return one value; for classes, give integer targets.",
        )
    if task.kind == "binary" and (columns, len(task.classes)) != (1, 2):
        raise InvalidSubject(
            f"One logit decides between two classes: here are {columns} outputs and "
            f"{len(task.classes)} classes.",
            hint="Name two classes and give one output, or let the task be a classification.",
        )
    if task.kind == "multilabel" and columns < _FEWEST_LABELS:
        raise InvalidSubject(
            "One label is a decision between two classes.",
            hint='Give task=Task(kind="binary", classes=("no", "yes")).',
        )
    if task.by_class and columns != len(task.classes):
        raise InvalidSubject(
            f"{len(task.classes)} {_NAMES[task.kind]} for {columns} outputs.",
            hint="Name one per output, in the order of the outputs.",
        )


def check_subject(subject: Subject) -> None:
    """Refuse targets that are not the task's, and a metric that has no meaning for it.

    Raises:
        InvalidSubject: with the reason.
        UnknownKey: there is no such metric.
    """
    for rows in (subject.samples, subject.calibration):
        if rows is not None and rows.count and rows.targets is not None:
            _check_targets(rows.targets, subject.task)
    reason = meter(subject.task.metric).fits(subject)
    if reason is not None:
        raise InvalidSubject(
            f"The metric {subject.task.metric!r} does not fit a {subject.task.kind}. {reason}",
            hint="Give a task with another metric.",
        )


def _check_targets(targets: Tensor, task: Task) -> None:
    if task.kind == "multilabel":
        _as_labels(targets, len(task.classes))
    elif task.kind != "regression":
        _check_classes(targets, task)


def _check_classes(targets: Tensor, task: Task) -> None:
    if targets.is_floating_point():
        raise InvalidSubject("Classes must be integers.", hint="Convert the targets to int64.")
    low, high = int(targets.min()), int(targets.max())
    if low < 0 or high >= len(task.classes):
        raise InvalidSubject(
            f"Targets reach from {low} to {high}, but there are {len(task.classes)} classes.",
            hint="Targets count classes from 0; check the order and number of `classes`.",
        )
