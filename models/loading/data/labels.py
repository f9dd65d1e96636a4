"""Answers in a column: names of classes as places, values, or several labels a row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.data.numbers import MISSING, as_numbers, plain_number
from models.loading.data.record import quoted
from models.loading.limits import Limits

_PARTS = re.compile(r"\s*[|;,]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Targets with a flag per row that says whether its answer is known.

    `targets`: places in `labels` [n], flags [n, labels], or values [n]; anything where unknown.
    Without any answers `task` is "", `targets` None, and every row counts as known.
    """

    known: Sequence[bool]
    task: Literal["", "classification", "multilabel", "regression"] = ""
    targets: Tensor | None = None
    labels: tuple[str, ...] = ()
    report: tuple[Message, ...] = ()

    def of(self, rows: Tensor | list[int]) -> Tensor | None:
        """Return the targets of these rows, None without answers."""
        return None if self.targets is None else self.targets[rows]


_Places = tuple[dict[str, int], tuple[str, ...], tuple[Message, ...]]
"""Cell -> place, the labels, and what to say."""


def are_numbered(labels: Sequence[str]) -> bool:
    """Return whether labels are only "0", "1" ...: names of nothing."""
    return tuple(labels) == tuple(str(i) for i in range(len(labels)))


def task_of_column(cells: Sequence[str]) -> Literal["classification", "regression"]:
    """Return what a column of answers holds when nobody says: numbers with fractions are values."""
    numbers = [plain_number(cell) for cell in cells if cell.lower() not in MISSING]
    fractions = any(number is not None and number % 1 != 0 for number in numbers)
    return "regression" if fractions and None not in numbers else "classification"


def as_classes(cells: Sequence[str], labels: Sequence[str], limits: Limits) -> Answers:
    """Return names of classes as places in `labels`.

    With named labels a cell is one of the names, or all cells count the labels from 0. Without
    (or with labels that are mere numbers) the classes are those found: whole numbers in their
    order, words in alphabetical order.

    Raises:
        ImportRefused: a class that is no label, more classes than the limit, or values that are no
            classes.
    """
    known = [cell.lower() not in MISSING or cell in labels for cell in cells]
    found = list(dict.fromkeys(cell for cell, there in zip(cells, known, strict=True) if there))
    places, names, report = _matched(found, tuple(labels), limits)
    at = [places[cell] if there else 0 for cell, there in zip(cells, known, strict=True)]
    return Answers(
        task="classification",
        targets=torch.tensor(at, dtype=torch.int64),
        known=known,
        labels=names,
        report=report,
    )


def as_values(cells: Sequence[str], name: str) -> Answers:
    """Return a column of values; what is missing or infinite is unknown."""
    found = as_numbers({name: cells}, what="target")
    values = torch.from_numpy(found.values[:, 0].copy())
    known = torch.isfinite(values)
    return Answers(
        task="regression",
        targets=torch.where(known, values, torch.zeros_like(values)),
        known=known.tolist(),
        report=found.report,
    )


def as_flags(columns: Mapping[str, Sequence[str]]) -> Answers:
    """Return one column of 0 and 1 per label as flags [n, labels].

    Raises:
        ImportRefused: other values than 0 and 1.
    """
    values = torch.from_numpy(as_numbers(columns, what="label").values)
    known = torch.isfinite(values).all(1)
    whole = torch.where(known[:, None], values, torch.zeros_like(values))
    wrong = int(((whole != 0) & (whole != 1)).sum())
    if wrong:
        raise ImportRefused("loading.data.flags_not_binary", cells=wrong)
    return Answers(
        task="multilabel",
        targets=whole.to(torch.int64),
        known=known.tolist(),
        labels=tuple(columns),
    )


def as_lists(cells: Sequence[str], labels: Sequence[str], limits: Limits) -> Answers:
    """Return cells that list their labels ("red|round", "" for none) as flags [n, labels].

    Raises:
        ImportRefused: a name that is no label.
    """
    parts = [[part for part in _PARTS.split(cell) if part] for cell in cells]
    found = list(dict.fromkeys(name for row in parts for name in row))
    places, names, report = _matched(found, tuple(labels), limits)
    targets = torch.zeros(len(cells), len(names), dtype=torch.int64)
    for row, own in enumerate(parts):
        targets[row, [places[name] for name in own]] = 1
    return Answers(
        task="multilabel",
        targets=targets,
        known=[True] * len(cells),
        labels=names,
        report=report,
    )


def check_label(name: str, limits: Limits) -> None:
    """Refuse a name of a class that is too long or cannot be printed."""
    if len(name) > limits.label_characters or not name.isprintable():
        raise ImportRefused(
            "loading.data.class_name",
            name=quoted(name),
            count=len(name),
            most=limits.label_characters,
        )


def _matched(found: Sequence[str], labels: tuple[str, ...], limits: Limits) -> _Places:
    for name in found:
        check_label(name, limits)
    if labels and set(found) <= set(labels):
        return {name: labels.index(name) for name in found}, labels, ()
    numbers = {name: _whole(name) for name in found}
    if labels and all(n is not None and 0 <= n < len(labels) for n in numbers.values()):
        places = {name: n for name, n in numbers.items() if n is not None}
        return places, labels, (_counting(labels),)
    if labels and not are_numbered(labels):
        raise _strangers([name for name in found if name not in labels], labels)
    return _discovered(found, numbers, labels, limits)


def _discovered(
    found: Sequence[str],
    numbers: Mapping[str, int | None],
    labels: tuple[str, ...],
    limits: Limits,
) -> _Places:
    """Return what `_matched` does for classes that nobody has named before."""
    if len(found) > limits.classes:
        raise ImportRefused("loading.data.too_many_classes", count=len(found), most=limits.classes)
    whole = {name: number for name, number in numbers.items() if number is not None}
    if len(whole) < len(found):
        names = tuple(sorted(found))
        order = ", ".join(f"{i} = {quoted(n)}" for i, n in enumerate(names[:5]))
        order += " ..." if len(names) > 5 else ""
        report = Message("loading.data.classes_found", classes=len(names), order=order)
        return {name: i for i, name in enumerate(names)}, names, (report,)
    if labels:
        raise _strangers([name for name in found if whole[name] >= len(labels)], labels)
    return _counted_classes(whole)


def _counted_classes(whole: Mapping[str, int]) -> _Places:
    """Return what `_matched` does for whole numbers."""
    low, high = min(whole.values(), default=0), max(whole.values(), default=0)
    if low == 0 and high < 2 * len(set(whole.values())) + 2:
        return dict(whole), tuple(str(i) for i in range(high + 1)), ()
    rising = sorted(set(whole.values()))
    places = {name: rising.index(number) for name, number in whole.items()}
    shown = listed(
        Message("loading.data.number_of_output", number=number, output=i)
        for i, number in enumerate(rising)
    )
    report = Message("loading.data.classes_of_numbers", count=len(rising), numbers=shown)
    return places, tuple(map(str, rising)), (report,)


def _whole(cell: str) -> int | None:
    """Return a whole number of at most 9 digits, also written as 2.0."""
    number = plain_number(cell)
    if number is None or number % 1 != 0 or abs(number) >= 10**9:
        return None
    return int(number)


def _counting(labels: Sequence[str]) -> Message:
    count = len(labels)
    named = [
        Message("loading.data.label_of_number", number=i, name=quoted(name))
        for i, name in enumerate(labels[:5])
    ]
    if count <= len(named):
        return Message("loading.data.labels_counted", count=count, labels=named)
    last = count - 1
    return Message("loading.data.many_labels_counted", count=count, labels=named, last=last)


def _strangers(names: Sequence[str], labels: Sequence[str]) -> ImportRefused:
    return ImportRefused(
        "loading.data.unknown_classes",
        count=len(names),
        names=listed(map(quoted, names)),
        labels=listed(map(quoted, labels)),
    )
