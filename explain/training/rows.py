"""The rows that a network learns from: which are set aside, and the batches of the rest."""

from collections.abc import Iterator

import numpy as np
import torch

from explain.core.errors import Refused
from explain.core.subject import Samples, Subject, Task
from explain.core.training import Training

_ASIDE = 5


def learning_rows(subject: Subject) -> Samples:
    """Return the rows that this subject may learn from, none of which is measured on.

    Raises:
        Refused: it has none.
    """
    rows = subject.calibration if subject.training is None else subject.training
    if rows is None or rows.count < 2:
        raise Refused("training.no_rows")
    return rows


def apart(rows: Samples, task: Task, how: Training) -> tuple[Samples, Samples | None]:
    """Return the rows to learn from and those set aside: every fifth inside each class.

    None is set aside where nothing waits for their loss (`patience` is 0) or there are too few.
    """
    if not how.patience or rows.count < 2 * _ASIDE:
        return rows, None
    order = torch.randperm(rows.count, generator=torch.Generator().manual_seed(how.seed))
    if task.kind in {"classification", "binary"} and rows.targets is not None:
        order = order[rows.targets[order].argsort(stable=True)]
    chosen = np.zeros(rows.count, np.bool_)
    chosen[order[::_ASIDE].numpy()] = True
    return rows.take(np.flatnonzero(~chosen)), rows.take(np.flatnonzero(chosen))


def shuffled_batches(rows: Samples, how: Training, random: torch.Generator) -> Iterator[Samples]:
    """Yield the rows in a new order, in batches whose sizes differ by at most one.

    So no batch is a lone row, of which BatchNorm could take no statistics. L-BFGS sees all at once.
    """
    size = rows.count if how.optimiser == "lbfgs" else how.batch
    order = torch.randperm(rows.count, generator=random)
    for chosen in torch.tensor_split(order, -(-rows.count // size)):
        yield rows.take(chosen.numpy())
