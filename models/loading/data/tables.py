"""A CSV file as rows of numbers with answers and groups."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.columns import Roles, roles
from models.loading.data.labels import (
    Answers,
    as_classes,
    as_flags,
    as_lists,
    as_values,
    check_label,
    task_of_column,
)
from models.loading.data.numbers import as_numbers
from models.loading.data.record import Data, quoted
from models.loading.data.separated import SeparatedTable, read_separated
from models.loading.limits import Limits

_EMPTY = "(empty)"


def read_table(data: bytes, card: Card, limits: Limits) -> Data:
    """Return the rows of a CSV file: inputs float64 [n, features] in the card's order.

    Columns are found by name. Rows in which a feature is missing or infinite, and rows without an
    answer where others have one, are left out and counted.

    Raises:
        ImportRefused: the file is no table, or does not fit the card, with the reason.
    """
    table = read_separated(data, limits)
    found = roles(table.columns, card)
    numbers = as_numbers({name: table.columns[name] for name in found.features})
    answers = answers_of(table.columns, found, card, limits)
    good = np.logical_and.reduce(np.isfinite(numbers.values), axis=1)
    known = _known(answers, good)
    kept = np.flatnonzero(good & known).astype(np.int64)
    report = [
        *table.report,
        *found.report,
        *numbers.report,
        *(answers.report if answers else ()),
        *_gaps(found.features, numbers.values),
        *_unanswered(good, known),
    ]
    if not len(kept):
        raise ImportRefused("loading.data.no_complete_row", rows=len(good), report=report[-2:])
    samples = Samples(
        inputs=(torch.from_numpy(numbers.values[kept]),),
        targets=None if answers is None else answers.targets[torch.from_numpy(kept)],
        ids=tuple(f"line {table.lines[int(row)]}" for row in kept),
        groups=group_columns(table.columns, found.groups, kept, limits),
    )
    return Data(
        kind="tabular",
        samples=samples,
        task=answers.task if answers else "",
        labels=answers.labels if answers else (),
        ordered=answers.ordered if answers else True,
        names=found.features,
        report=(*report, *_groups(samples)),
        counts=_counts(table, kept),
    )


def answers_of(
    columns: Mapping[str, Sequence[str]], found: Roles, card: Card, limits: Limits
) -> Answers | None:
    """Return the answers of all rows, None where there is no column of answers."""
    if found.flags:
        return as_flags({name: columns[name] for name in found.flags})
    if not found.target:
        return None
    cells = columns[found.target]
    if card.task == "multilabel" or card.output == "multilabel":
        return as_lists(cells, card.labels, limits)
    known_task = card.task or ("regression" if card.output == "value" else "")
    single = known_task or ("classification" if card.output else task_of_column(cells))
    if single == "regression":
        return as_values(cells, found.target)
    return as_classes(cells, card.labels, limits)


def group_columns(
    columns: Mapping[str, Sequence[str]],
    names: Sequence[str],
    rows: NDArray[np.int64],
    limits: Limits,
) -> Mapping[str, tuple[str, ...]]:
    """Return group columns for the rows kept; an empty cell is "(empty)"."""
    found = {name: tuple(columns[name][int(row)] or _EMPTY for row in rows) for name in names}
    for column in found.values():
        for value in dict.fromkeys(column):
            check_label(value, limits)
    return MappingProxyType(found)


def _known(answers: Answers | None, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    if answers is None:
        return np.ones_like(good)
    return np.array(answers.known, dtype=np.bool_)


def _gaps(names: Sequence[str], values: NDArray[np.float64]) -> list[Message]:
    """Return sentences about missing and infinite cells, by column."""
    return [
        Message(
            "loading.data.gaps",
            what=what,
            rows=int(wrong.any(1).sum()),
            columns=listed(_by_column(names, wrong)),
        )
        for what, wrong in (("empty", np.isnan(values)), ("infinite", np.isinf(values)))
        if wrong.any()
    ]


def _by_column(names: Sequence[str], wrong: NDArray[np.bool_]) -> list[str]:
    counts = wrong.sum(0)
    worst = np.argsort(-counts, kind="stable")
    return [f"{quoted(names[at])} {counts[at]:,}" for at in worst if counts[at]]


def _unanswered(good: NDArray[np.bool_], known: NDArray[np.bool_]) -> list[Message]:
    count = int((good & ~known).sum())
    return [Message("loading.data.left_out", why="without_answer", rows=count)] if count else []


def _groups(samples: Samples) -> list[Message]:
    return [
        Message("loading.data.group", name=quoted(name), values=len(set(column)))
        for name, column in samples.groups.items()
    ]


def _counts(table: SeparatedTable, kept: NDArray[np.int64]) -> Mapping[str, int]:
    rows = len(table.lines)
    return MappingProxyType({"rows": rows, "kept": len(kept), "left out": rows - len(kept)})
