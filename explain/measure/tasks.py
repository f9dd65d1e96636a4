"""What the outputs of a network mean, and whether samples and network fit that."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.messages import Message
from explain.core.subject import Samples, Subject, Task
from explain.measure.catalog import meter
from explain.network import Lifted, ending_of, logit_of_cut, reassembled, steps_to_logits
from explain.network.steps import references

_FEWEST_LABELS = 2
_NAMES = {
    "softmax": "Softmax",
    "log-softmax": "LogSoftmax",
    "sigmoid": "Sigmoid",
    "pair": "Sigmoid",
}
_OF_SHARES = ("softmax", "log-softmax")


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
        raise InvalidSubject("measure.shape_of_targets", shape=str(list(targets.shape)))
    return targets if targets.is_floating_point() else targets.to(torch.int64)


def _as_labels(targets: Tensor, count: int) -> Tensor:
    if targets.dim() != 2 or targets.shape[1] != count:
        raise InvalidSubject("measure.shape_of_labels", shape=str(list(targets.shape)), count=count)
    whole = targets.to(torch.int64)
    if not bool(((whole == targets) & (whole >= 0) & (whole <= 1)).all()):
        raise InvalidSubject("measure.label_values")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A network that gives logits, what they mean, and sentences about probabilities cut off."""

    network: Lifted
    task: Task
    notes: tuple[Message, ...] = ()


def to_logits(network: Lifted, task: Task) -> Scored:
    """Return the network cut before the probabilities at its end; a regression keeps them.

    Decisions stay what they were: a threshold that the task states for probabilities becomes the
    logit of it. Of a sigmoid and its complement the one logit is left.

    Raises:
        InvalidSubject: probabilities that are not the softmax or sigmoid of any value inside, with
            the last step; or a threshold that no probability passes.
    """
    head = None if task.kind == "regression" else ending_of(network)
    if head is None:
        return Scored(network=network, task=task)
    if head.logits is None:
        last = references(network.steps[-1])[0].name
        raise InvalidSubject("measure.no_logits", kind=_NAMES[head.kind], step=last)
    kind = "binary" if head.kind == "pair" else task.kind
    cut = 0.0 if head.kind in _OF_SHARES else logit_of_cut(task.cut)
    note = Message("measure.cut_before", kind=_NAMES[head.kind], step=head.logits)
    return Scored(
        network=reassembled(network, steps_to_logits(network, head)),
        task=replace(task, kind=kind, cut=cut),
        notes=(note, *_told(task.cut, cut)),
    )


def _told(probability: float, logit: float) -> tuple[Message, ...]:
    moved = Message("measure.cut_moved", probability=probability, logit=logit)
    return (moved,) if logit else ()


def check_outputs(outputs: Tensor, task: Task) -> None:
    """Refuse outputs that are not what the task says.

    Raises:
        InvalidSubject: outputs of more than two dimensions, or another number of columns than the
            task has classes or values.
    """
    if outputs.dim() > 2:
        raise InvalidSubject("measure.shape_of_outputs", shape=str(list(outputs.shape[1:])))
    _check_columns(outputs.reshape(len(outputs), -1).shape[1], task)


def _check_columns(columns: int, task: Task) -> None:
    if task.kind == "regression" and columns != 1:
        raise InvalidSubject("measure.outputs_of_regression", columns=columns)
    if task.kind == "binary" and (columns, len(task.classes)) != (1, 2):
        raise InvalidSubject("measure.one_logit", columns=columns, count=len(task.classes))
    if task.kind == "multilabel" and columns < _FEWEST_LABELS:
        raise InvalidSubject("measure.one_label")
    if task.by_class and columns != len(task.classes):
        raise InvalidSubject(
            "measure.names_of_outputs",
            count=len(task.classes),
            kind=task.kind,
            columns=columns,
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
            "measure.unfit", metric=subject.task.metric, kind=subject.task.kind, reason=reason
        )


def _check_targets(targets: Tensor, task: Task) -> None:
    if task.kind == "multilabel":
        _as_labels(targets, len(task.classes))
    elif task.kind != "regression":
        _check_classes(targets, task)


def _check_classes(targets: Tensor, task: Task) -> None:
    if targets.is_floating_point():
        raise InvalidSubject("measure.classes_not_whole")
    low, high = int(targets.min()), int(targets.max())
    if low < 0 or high >= len(task.classes):
        raise InvalidSubject("measure.targets_outside", low=low, high=high, count=len(task.classes))
