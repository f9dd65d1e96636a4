"""A CSV file as rows of numbers with answers and groups, and what each column is for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from explain.core.subject import Samples
from models.loading.card.model_card import Card
from models.loading.data.beside import ByName, from_columns
from models.loading.data.labels import (
    Answers,
    as_classes,
    as_flags,
    as_lists,
    as_values,
    check_label,
    task_of_column,
)
from models.loading.data.numbers import MISSING, as_numbers, is_numeric
from models.loading.data.record import Data, few_groups, left_out, quoted
from models.loading.data.separated import read_separated
from models.loading.limits import Limits

_ALONE = ByName()
_UNKNOWN = "(unknown)"
"""The group of cells that say that nothing is known, however they are written."""
_OFFERED, _CLASSES = 3, 20
"""Columns that are offered as the answer, and classes where no labels say how many."""
_USUAL = ("label", "labels", "target", "targets", "class", "y", "outcome")

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Names of columns by what they are for."""

    features: tuple[str, ...]
    target: str
    groups: tuple[str, ...]
    flags: tuple[str, ...] = ()
    """Columns of 0 and 1, one per label."""
    report: tuple[Message, ...] = ()


def read_table(data: bytes, card: Card, limits: Limits, by_name: ByName = _ALONE) -> Data:
    """Return the rows of a CSV file: inputs float64 [n, features] in the card's order.

    Further inputs that `by_name` says have columns of their own, which are no features.

    Columns are found by name. Rows in which a feature is missing or infinite, and rows without an
    answer where others have one, are left out and counted.

    Raises:
        ImportRefused: the file is no table, or does not fit the card, with the reason.
    """
    table = read_separated(data, limits)
    others = tuple(name for one in by_name.beside for name in one.source)
    check_present(table.columns, others, "input")
    left = {name: cells for name, cells in table.columns.items() if name not in others}
    found = roles(left, card)
    numbers = as_numbers({name: table.columns[name] for name in found.features})
    read = as_numbers({name: table.columns[name] for name in others})
    extra = from_columns(by_name.beside, read.values, len(numbers.values))
    answers = answers_of(table.columns, found, card, limits)
    good = np.logical_and.reduce(np.isfinite(numbers.values), axis=1) & extra.finite
    known = np.array(answers.known, dtype=np.bool_)
    kept = np.flatnonzero(good & known).astype(np.int64)
    lost = [
        *_gaps(found.features, numbers.values),
        *_gaps(others, read.values),
        *left_out("without_answer", int((good & ~known).sum())),
    ]
    report = (
        *table.report,
        *found.report,
        *numbers.report,
        *read.report,
        *extra.report,
        *answers.report,
        *lost,
    )
    if not len(kept):
        raise ImportRefused("loading.data.no_complete_row", rows=len(good), report=lost)
    groups, more = group_columns(table.columns, found.groups, kept, limits)
    samples = Samples(
        inputs=tuple(one[kept] for one in (torch.from_numpy(numbers.values), *extra.rows)),
        targets=answers.of(torch.from_numpy(kept)),
        ids=tuple(f"line {table.lines[int(row)]}" for row in kept),
        groups=groups,
    )
    return Data(
        kind="tabular",
        samples=samples,
        task=answers.task,
        labels=answers.labels,
        names=found.features,
        possible=possible_answers(left, found, card),
        report=(*report, *_groups(samples), *more),
    )


def answers_of(columns: Columns, found: Roles, card: Card, limits: Limits) -> Answers:
    """Return the answers of all rows; none where no column of answers has any."""
    answers = _answers(columns, found, card, limits)
    if any(answers.known):
        return answers
    said = Message("loading.data.no_answer_known", name=quoted(found.target or found.flags[0]))
    return Answers(known=[True] * len(answers.known), report=(said,))


def _answers(columns: Columns, found: Roles, card: Card, limits: Limits) -> Answers:
    if found.flags:
        return as_flags({name: columns[name] for name in found.flags})
    if not found.target:
        return Answers(known=[True] * len(next(iter(columns.values()))))
    cells = columns[found.target]
    if card.task == "multilabel" or card.output == "multilabel":
        return as_lists(cells, card.labels, limits)
    known_task = card.task or ("regression" if card.output == "value" else "")
    single = known_task or ("classification" if card.output else task_of_column(cells))
    if single == "regression":
        return as_values(cells, found.target)
    return as_classes(cells, card.labels, limits)


def possible_answers(columns: Columns, found: Roles, card: Card) -> tuple[str, ...]:
    """Return the columns that may hold the answer, none if the card names it.

    The one that was taken stands first, then the last of the file.
    """
    if card.target or found.flags:
        return ()
    texts = found.features if card.modality == "text" else ()
    named = {*card.input.features, *card.groups, *texts}
    free = [name for name in reversed(list(columns)) if name not in named]
    likely = [name for name in free if name == found.target or _may_answer(columns[name], card)]
    return tuple(sorted(likely, key=lambda name: name != found.target))[:_OFFERED]


def _may_answer(cells: Sequence[str], card: Card) -> bool:
    if card.task == "regression" or card.output == "value":
        return is_numeric(cells)
    values = {cell for cell in cells if cell.lower() not in MISSING}
    return 1 < len(values) <= (len(card.labels) or _CLASSES)


def group_columns(
    columns: Columns,
    names: Sequence[str],
    rows: NDArray[np.int64],
    limits: Limits,
) -> tuple[Mapping[str, tuple[str, ...]], list[Message]]:
    """Return group columns for the rows kept, and what is said about those that are none.

    Cells where nothing is known are one group.
    """
    found = {name: tuple(_known(columns[name][int(row)]) for row in rows) for name in names}
    groups, said = few_groups(found, limits)
    for column in groups.values():
        for value in dict.fromkeys(column):
            check_label(value, limits)
    return groups, said


def _known(cell: str) -> str:
    return _UNKNOWN if cell.lower() in MISSING else cell


def _gaps(names: Sequence[str], values: NDArray[np.float64]) -> list[Message]:
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


def _groups(samples: Samples) -> list[Message]:
    return [
        Message("loading.data.group", name=quoted(name), values=len(set(column)))
        for name, column in samples.groups.items()
    ]


def roles(columns: Columns, card: Card) -> Roles:
    """Return what each column of a table is for.

    What the card names must be there. Without features on the card all other columns are features,
    in the order of the file; columns of words among them become groups.

    Raises:
        ImportRefused: a column that the card names is missing; no feature is left.
    """
    named = card.input.features
    check_present(columns, named, "feature")
    check_present(columns, card.groups, "group")
    flags = label_columns(columns, card)
    target, said = ("", []) if flags else answer_column(columns, card, {*named, *card.groups})
    taken = {target, *card.groups, *flags}
    free = [name for name in columns if name not in taken]
    if named:
        return Roles(
            features=named,
            target=target,
            groups=card.groups,
            flags=flags,
            report=(*said, *unused(name for name in free if name not in named)),
        )
    features, groups, more = _split(columns, free)
    if not features:
        raise ImportRefused("loading.data.no_features", columns=listed(map(quoted, columns)))
    return Roles(
        features=features,
        target=target,
        groups=(*card.groups, *groups),
        flags=flags,
        report=(*said, *more),
    )


def answer_column(columns: Columns, card: Card, taken: set[str]) -> tuple[str, list[Message]]:
    """Return the column with the answers, "" where there is none, and what to say about it."""
    if card.target:
        check_present(columns, (card.target,), "label")
        return card.target, []
    found = usual_answer(columns, taken)
    free = [name for name in columns if name not in taken]
    if not found and card.input.features and len(free) == 1:
        found = free[0]
    if not found:
        return "", [Message("loading.data.no_answers")]
    return found, [Message("loading.data.answer_taken", name=quoted(found))]


def usual_answer(columns: Columns, taken: Iterable[str] = ()) -> str:
    """Return the column that is called as answers usually are; "" where none or several are."""
    found = [name for name in columns if name.lower() in _USUAL and name not in set(taken)]
    return found[0] if len(found) == 1 else ""


def label_columns(columns: Columns, card: Card) -> tuple[str, ...]:
    """Return one column per label, in their order, where a row may have several labels.

    Raises:
        ImportRefused: only some of the labels have a column.
    """
    if card.task != "multilabel" and card.output != "multilabel":
        return ()
    there = [name for name in card.labels if name in columns]
    if not there or card.target:
        return ()
    check_present(columns, card.labels, "label")
    return card.labels


def check_present(columns: Columns, wanted: Sequence[str], what: str) -> None:
    """Refuse a table without these columns; the nearest names are told."""
    missing = [name for name in wanted if name not in columns]
    if not missing:
        return
    folded = {name.casefold(): name for name in columns}
    near = get_close_matches(missing[0].casefold(), list(folded), n=1, cutoff=0.6)
    if not near:
        raise ImportRefused(
            "loading.data.columns_missing",
            what=what,
            count=len(missing),
            missing=listed(map(quoted, missing)),
            columns=listed(map(quoted, columns)),
        )
    raise ImportRefused(
        "loading.data.columns_misspelled",
        what=what,
        count=len(missing),
        missing=listed(map(quoted, missing)),
        columns=listed(map(quoted, columns)),
        near=quoted(folded[near[0]]),
    )


def unused(names: Iterable[str]) -> tuple[Message, ...]:
    """Return what is said about columns that nothing uses."""
    found = list(names)
    if not found:
        return ()
    told = listed(map(quoted, found))
    return (Message("loading.data.columns_unused", columns=len(found), names=told),)


def _split(
    columns: Columns, free: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[Message]]:
    features = tuple(name for name in free if is_numeric(columns[name]))
    groups = tuple(name for name in free if name not in features)
    order = listed(map(quoted, features))
    said = [Message("loading.data.features_taken", columns=len(features), names=order)]
    if groups:
        names = listed(map(quoted, groups))
        said.append(Message("loading.data.groups_taken", columns=len(groups), names=names))
    return features, groups, said
