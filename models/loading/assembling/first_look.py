"""The first look at a loaded network: wrong scales and orders of labels show here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.decisions import correct, decide
from explain.core.messages import Message, number
from explain.core.resources import affordable, capacity
from explain.core.subject import Samples, Subject, Task, spread_rows

_MOST_ROWS, _MOST_WORK = 1_000, 1e11
"""Rows, and multiply-adds that they may take: some seconds."""
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """What a network says about some of its samples.

    `inputs` and `output`: shapes of one sample. `low`, `high`: of the first input after
    preprocessing. `rows`: (id, decision, answer) of a few from the first to the last, `places`
    which of the samples they are. `decided` and `answered`: class -> how many of `count` rows.
    `right`: share of decisions that are right, None without answers.
    """

    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]
    count: int
    low: float = 0.0
    high: float = 0.0
    rows: tuple[tuple[str, str, str], ...] = ()
    places: tuple[int, ...] = ()
    decided: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    answered: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    right: float | None = None
    warnings: tuple[Message, ...] = ()


def first_look(subject: Subject) -> FirstLook:
    """Return shapes, predictions and counts of classes over at most 1,000 evenly spread rows.

    Fewer where they would take more than some seconds, 8 at least. Cost: one pass over these rows;
    nothing runs without data.
    """
    shapes = tuple(tuple(x.shape[1:]) for x in subject.samples.inputs)
    output = subject.network.steps[-1].shape or ()
    if not subject.samples.count:
        return FirstLook(inputs=shapes, output=output, count=0)
    most = max(_SHOWN, affordable(subject.network, _MOST_WORK))
    places = spread_rows(subject.samples.count, min(_MOST_ROWS, most))
    rows, few = subject.samples.take(places), spread_rows(len(places), _SHOWN)
    outputs = _outputs(subject, rows)
    values = rows.inputs[0].double()
    said = _words(subject.task, decide(outputs, subject.task))
    answers = ("",) * rows.count if rows.targets is None else _words(subject.task, rows.targets)
    right = _right(subject, outputs, rows.targets)
    return FirstLook(
        inputs=shapes,
        output=output,
        count=rows.count,
        low=float(values.min()),
        high=float(values.max()),
        rows=tuple((rows.ids[at], said[at], answers[at]) for at in few),
        places=tuple(places[few].tolist()),
        decided=_counts(subject, said),
        answered=_counts(subject, answers),
        right=right,
        warnings=tuple(_warnings(subject, said, right)),
    )


def _outputs(subject: Subject, rows: Samples) -> Tensor:
    size = capacity(subject.network)
    with torch.no_grad():
        parts = [
            subject.network(*(x[at : at + size] for x in rows.inputs))
            for at in range(0, rows.count, size)
        ]
    return torch.cat(parts)


def _words(task: Task, values: NDArray[np.float64] | Tensor) -> tuple[str, ...]:
    if values.ndim == 2:
        said = [[n for n, flag in zip(task.classes, row, strict=True) if flag] for row in values]
        return tuple(", ".join(names) or "none" for names in said)
    if task.kind == "regression":
        return tuple(number(float(value)) for value in values)
    return tuple(task.classes[int(place)] for place in values)


def _counts(subject: Subject, said: tuple[str, ...]) -> Mapping[str, int]:
    """Return how often each class was said; nothing for values."""
    if subject.task.kind == "regression":
        return MappingProxyType({})
    several = subject.task.kind == "multilabel"
    apart = [name for text in said for name in text.split(", ")] if several else said
    return MappingProxyType({name: list(apart).count(name) for name in subject.task.classes})


def _right(subject: Subject, outputs: Tensor, targets: Tensor | None) -> float | None:
    if targets is None:
        return None
    if targets.dim() == 2:
        return float(((outputs > subject.task.cut) == (targets > 0)).double().mean())
    found = correct(decide(outputs, subject.task), targets.double().numpy(), subject.task)
    return float(found.mean())


def _warnings(subject: Subject, said: tuple[str, ...], right: float | None) -> list[Message]:
    """Return what looks like a wrong scale or a wrong order of labels."""
    found = []
    decides = subject.task.kind in {"classification", "binary"}
    if decides and len(set(said)) == 1 and len(said) > _SHOWN:
        found.append(Message("loading.look.all_alike", rows=len(said)))
    chance = 1 / max(2, len(subject.task.classes))
    if decides and right is not None and right < chance and len(said) > _SHOWN:
        found.append(Message("loading.look.below_chance", right=right))
    return found
