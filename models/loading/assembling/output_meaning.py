"""What the outputs of a user's network mean, from its card and its data."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from explain.core.errors import ImportRefused, InvalidSubject
from explain.core.messages import Message, listed
from explain.core.subject import Samples, Task
from explain.network import logit_of_cut
from models.loading.card.model_card import Card
from models.loading.data.labels import are_numbered
from models.loading.data.record import Data, quoted

_SHARE_OF_SPREAD = 0.1
_PAIR = 2
_ONE_BY_ONE = ("sigmoid", "pair", "chances")
"""Probabilities at the end that a threshold decides about."""
_OF_CLASSES = ("accuracy", "balanced-accuracy", "auc")
"""Metrics of one class a row, the last for two classes."""
_OF_LABELS = ("macro-f1", "label-accuracy")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """The task of a network, and sentences about how it was found."""

    task: Task
    notes: tuple[Message, ...] = ()


def meaning(card: Card, data: Data | None, outputs: Tensor, head: str) -> Meaning:
    """Return what outputs [n, columns] mean; `head` is what was taken off the network's end.

    Raises:
        ImportRefused: card, data and number of outputs contradict each other, or say too little.
    """
    columns = outputs.reshape(len(outputs), -1).shape[1]
    kind = _kind(card, data, columns, head)
    target = card.target or "answer"
    if kind == "regression":
        if columns != 1:
            raise ImportRefused("loading.assembling.columns.regression", outputs=columns)
        tolerance = _tolerance(card, data, outputs)
        said = Message("loading.assembling.tolerance", tolerance=tolerance)
        metric = _metric(card, ("r2",))
        task = Task(kind="regression", metric=metric, target=target, tolerance=tolerance)
        return Meaning(task=task, notes=(said,))
    wanted = 2 if kind == "binary" else columns
    labels, notes = _labels(card, data, wanted)
    several = kind == "multilabel"
    metric = _metric(card, _OF_LABELS if several else _OF_CLASSES[: 2 + (wanted == _PAIR)])
    cut, moved = _cut(card, head)
    task = Task(kind=kind, classes=labels, metric=metric, target=target, cut=cut)
    return Meaning(task=task, notes=(*notes, *moved))


def _cut(card: Card, head: str) -> tuple[float, tuple[Message, ...]]:
    """Return the threshold on logits; of a card that speaks of probabilities it is carried over."""
    cut = card.cut or 0.0
    if not cut or card.output != "probabilities" or head not in _ONE_BY_ONE:
        return cut, ()
    try:
        moved = logit_of_cut(cut)
    except InvalidSubject as error:
        raise ImportRefused.like(error) from error
    return moved, (Message("measure.cut_moved", probability=cut, logit=moved),)


def _metric(card: Card, known: tuple[str, ...]) -> str:
    """Return the metric of the card, or the first that means anything here."""
    if card.metric and card.metric not in known:
        raise ImportRefused("loading.assembling.metric", metric=card.metric, known=list(known))
    return card.metric or known[0]


def with_targets(samples: Samples, data: Data, task: Task) -> Samples:
    """Return samples whose targets are places in the labels of the task.

    Raises:
        ImportRefused: a class of the data is none of the task's.
    """
    targets = samples.targets
    if targets is None or task.kind == "regression":
        return samples
    if tuple(data.labels) == task.classes or are_numbered(data.labels):
        return samples
    if strange := [name for name in data.labels if name not in task.classes]:
        raise ImportRefused(
            "loading.assembling.unknown_classes", classes=listed(map(quoted, strange))
        )
    places = torch.tensor([task.classes.index(name) for name in data.labels])
    if targets.dim() == 1:
        return dataclasses.replace(samples, targets=places[targets])
    moved = torch.zeros(len(targets), len(task.classes), dtype=targets.dtype)
    moved[:, places] = targets
    return dataclasses.replace(samples, targets=moved)


def _kind(card: Card, data: Data | None, columns: int, head: str) -> Any:
    found = data.task if data is not None else ""
    if "multilabel" in {card.task, card.output, found}:
        return "multilabel"
    if card.task == "regression" or card.output == "value":
        return "regression"
    if columns > 1:
        sigmoids = head == "sigmoid" and not card.task and not found
        return "multilabel" if sigmoids else "classification"
    if card.output == "logit1" or card.task == "classification" or head:
        return "binary"
    if found:
        return "regression" if found == "regression" else "binary"
    raise ImportRefused("loading.assembling.one_output")


def _tolerance(card: Card, data: Data | None, outputs: Tensor) -> float:
    """Return the card's tolerance, else a tenth of the spread of the answers or outputs."""
    if card.tolerance is not None:
        return card.tolerance
    targets = None if data is None else data.samples.targets
    values = (outputs if targets is None else targets).double().flatten()
    return _SHARE_OF_SPREAD * float(values.std()) if len(values) > 1 else _SHARE_OF_SPREAD


def _labels(
    card: Card, data: Data | None, wanted: int
) -> tuple[tuple[str, ...], tuple[Message, ...]]:
    """Return one name per output, and what to say about their order."""
    if card.labels and not are_numbered(card.labels):
        if (count := len(card.labels)) != wanted:
            raise ImportRefused("loading.assembling.columns.labels", labels=count, outputs=wanted)
        return card.labels, ()
    names = data.labels if data is not None else ()
    if not names or are_numbered(names):
        if (count := len(names)) > wanted:
            raise ImportRefused("loading.assembling.columns.classes", classes=count, outputs=wanted)
        return tuple(map(str, range(wanted))), ()
    if len(names) != wanted:
        raise ImportRefused(
            "loading.assembling.other_classes",
            outputs=wanted,
            count=len(names),
            names=listed(map(quoted, names)),
        )
    return names, _order(names)


def _order(names: Sequence[str]) -> tuple[Message, ...]:
    first = [
        Message("loading.assembling.label_of_output", output=i, name=quoted(name))
        for i, name in enumerate(names[:5])
    ]
    return (Message("loading.assembling.label_order", labels=first),)
