"""The number that modules are asked about: a logit, a probability or a loss."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidOption, InvalidSubject, Refused, UnknownKey
from explain.core.losses import sample_losses
from explain.core.rows import need_rows
from explain.core.subject import Subject, Task

VALUES = ("logit", "probability", "loss")

Targets = NDArray[np.int64]

_BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoffReader:
    """Reads one number per row from outputs [m, k] of rows [m] (their places among n)."""

    read: Callable[[Tensor, Tensor], Tensor]
    targets: Targets


def payoff_reader(
    subject: Subject, rows: NDArray[np.int64], value: str, targets: int | Targets | None
) -> PayoffReader:
    """Return how to read the number for these rows.

    `targets`: one output for all rows, or one for each [n]; by default what the network decides
    (the first output where there is only one). A loss is that of the known target. Cost: one
    forward pass where the targets are not given.

    Raises:
        UnknownKey: no such value.
        Refused: no probability in a regression, or no targets for a loss.
        InvalidOption: no such output.
        InvalidSubject: no rows, or no such row.
    """
    _check_rows(subject, rows)
    if value not in VALUES:
        raise UnknownKey.among("value", value, VALUES)
    chosen = _targets(subject, rows, targets)
    if value == "loss":
        return PayoffReader(read=_loss(subject, rows), targets=chosen)
    if value == "probability" and subject.task.kind == "regression":
        raise Refused("decompose.no_probability")
    return PayoffReader(
        read=_output(subject.task, chosen, probability=value != "logit"), targets=chosen
    )


def _check_rows(subject: Subject, rows: NDArray[np.int64]) -> None:
    need_rows(subject.samples)
    if len(rows) == 0 or rows.min() < 0 or rows.max() >= subject.samples.count:
        raise InvalidSubject("decompose.no_such_samples", last=subject.samples.count - 1)


def _targets(subject: Subject, rows: NDArray[np.int64], given: int | Targets | None) -> Targets:
    if given is None:
        return _decided(subject, rows)
    shape = subject.network.steps[-1].shape
    outputs = int(np.prod(shape)) if shape else 1
    chosen = np.broadcast_to(np.asarray(given, np.int64), rows.shape).copy()
    if chosen.min() < 0 or chosen.max() >= outputs:
        raise InvalidOption("decompose.no_such_output", last=outputs - 1)
    return chosen


def _decided(subject: Subject, rows: NDArray[np.int64]) -> Targets:
    inputs = subject.samples.take(rows).inputs
    with torch.no_grad():
        parts = [
            subject.network(*(x[at : at + _BATCH] for x in inputs)).flatten(1).argmax(1)
            if subject.task.by_class
            else torch.zeros(len(inputs[0][at : at + _BATCH]), dtype=torch.int64)
            for at in range(0, len(rows), _BATCH)
        ]
    decided: Targets = torch.cat(parts).numpy()
    return decided


def _output(
    task: Task, targets: Targets, *, probability: bool
) -> Callable[[Tensor, Tensor], Tensor]:
    wanted = torch.from_numpy(targets)

    def read(outputs: Tensor, rows: Tensor) -> Tensor:
        flat = outputs.flatten(1).double()
        if probability:
            flat = torch.softmax(flat, 1) if task.kind == "classification" else flat.sigmoid()
        return flat.gather(1, wanted[rows][:, None])[:, 0]

    return read


def _loss(subject: Subject, rows: NDArray[np.int64]) -> Callable[[Tensor, Tensor], Tensor]:
    if subject.samples.targets is None:
        raise Refused("decompose.no_targets")
    truth = subject.samples.targets[torch.from_numpy(rows)]

    def read(outputs: Tensor, places: Tensor) -> Tensor:
        return sample_losses(outputs.double(), truth[places], subject.task)

    return read
