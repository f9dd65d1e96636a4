"""Cells of text as numbers: what is missing, infinite, or no number is counted and told."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.data.record import quoted

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "#n/a", "missing"})
"""Cells, in lower case, that say that nothing is known."""

_COMMA = re.compile(r"[-+]?\d*,\d+(?:[eE][-+]?\d+)?\Z")
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}\Z")
_FLAGS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A block of numbers [rows, columns] with NaN for what is missing, and what there is to say."""

    values: NDArray[np.float64]
    report: tuple[Message, ...]


def as_numbers(columns: Mapping[str, Sequence[str]], what: str = "feature") -> Numbers:
    """Return columns of cells as numbers.

    A decimal comma is read as a point, true and false as 1 and 0; the report counts the columns in
    which that happened.

    Raises:
        ImportRefused: a column with words, with the words seen; commas that may be decimal commas
            or thousands.
    """
    values = np.empty((len(next(iter(columns.values()), ())), len(columns)))
    odd: dict[str, Sequence[str]] = {}
    for place, (name, cells) in enumerate(columns.items()):
        plain = _plain(cells)
        if plain is None:
            odd[name] = cells
            plain = [plain_number(cell) for cell in cells]
            if None in plain:
                raise _words(
                    name, [c for c, n in zip(cells, plain, strict=True) if n is None], what
                )
        values[:, place] = plain
    return Numbers(values=values, report=_report(odd))


def is_numeric(cells: Sequence[str]) -> bool:
    """Return whether all cells are numbers or missing, and at least one is a number."""
    numbers = _plain(cells) or [plain_number(cell) for cell in cells]
    return None not in numbers and any(number == number for number in numbers)  # noqa: PLR0124


def _plain(cells: Sequence[str]) -> Sequence[float | None] | None:
    """Return cells that all are numbers as Python writes them, the usual case; else None."""
    try:
        found = list(map(float, cells))
    except ValueError:
        return None
    return None if "_" in "".join(cells) else found


def _report(odd: Mapping[str, Sequence[str]]) -> tuple[Message, ...]:
    """Return sentences about columns with decimal commas and with true and false."""
    commas = {n: [c for c in cells if "," in c] for n, cells in odd.items()}
    commas = {name: found for name, found in commas.items() if found}
    _check_commas(commas)
    flags = [n for n, cells in odd.items() if any(cell.lower() in _FLAGS for cell in cells)]
    report = [_commas(commas)] if commas else []
    if flags:
        names = listed(map(quoted, flags))
        report.append(Message("loading.data.flags_read", columns=len(flags), names=names))
    return tuple(report)


def plain_number(cell: str) -> float | None:
    """Return the number in a cell, or None for words; NaN where nothing is known."""
    try:
        if "_" in cell:
            return None
        return float(cell)
    except ValueError:
        pass
    low = cell.lower()
    if low in MISSING:
        return float("nan")
    if low in _FLAGS:
        return _FLAGS[low]
    return float(cell.replace(",", ".")) if _COMMA.match(cell) else None


def _check_commas(commas: Mapping[str, Sequence[str]]) -> None:
    """Refuse commas of which nobody can say whether they part thousands."""
    cells = [cell for found in commas.values() for cell in found if _COMMA.match(cell)]
    if cells and all(map(_THOUSANDS.match, cells)):
        raise ImportRefused(
            "loading.data.ambiguous_comma", cells=len(cells), example=quoted(cells[0])
        )


def _commas(commas: Mapping[str, Sequence[str]]) -> Message:
    cells = sum(map(len, commas.values()))
    names = listed(map(quoted, commas))
    return Message("loading.data.commas_read", cells=cells, columns=len(commas), names=names)


def _words(name: str, cells: Sequence[str], what: str) -> ImportRefused:
    different = list(dict.fromkeys(cells))
    return ImportRefused(
        "loading.data.column_of_words",
        what=what,
        name=quoted(name),
        rows=len(cells),
        words=listed(map(quoted, different)),
    )
