"""Tables to numbers: medians, z-scores and one column per category level, fitted on training rows.

A `Schema` says what the columns are, `fit_columns` measures what is needed on training rows only,
`encode_rows` applies it to any rows. What was fitted is shipped as JSON, so it can be read and can
never drift.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidFile
from explain.core.subject import InputSpec, Samples, Task
from models.data.parts import FOLDER, DataSet, Rows, data_set, number_column, shipped_rows

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A numeric column; cells equal to one of `gaps` (0 for a cholesterol) count as missing."""

    column: str
    title: str
    gaps: tuple[float, ...] = ()
    logarithm: bool = False
    """Take log(1 + x) first: for amounts of money with long tails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A column of names; `titles` makes raw names readable."""

    column: str
    title: str
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The columns of a table that a network reads, in the order of its inputs."""

    quantities: tuple[Quantity, ...]
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """What the training rows said: per numeric column median, mean and standard deviation.

    The mean and the deviation are those after the logarithm and after filling gaps with the median;
    a constant column has the deviation 1.
    `gaps` lists the numeric columns with missing training cells: each gets an indicator input.
    `levels` gives the readable category levels of each column, the most frequent first.
    """

    medians: Mapping[str, float]
    means: Mapping[str, float]
    deviations: Mapping[str, float]
    gaps: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]


def table_data(
    files: tuple[str, str], schema: Schema, samples: Callable[[Rows, Tensor], Samples], task: Task
) -> DataSet:
    """Return the data set in a shipped table.

    `files`: the rows, and what was fitted on them. `samples(rows, inputs)` makes all samples.
    """
    rows, fitted = shipped_rows(files[0]), read_fitted(files[1])
    names = feature_names(schema, fitted)
    spec = InputSpec(
        kind="table",
        shape=(len(names),),
        names=names,
        low=-3.0,
        high=3.0,
        questions=questions(schema, fitted),
    )
    return data_set(rows, samples(rows, encode_rows(schema, fitted, rows)), spec, task)


def fit_columns(schema: Schema, rows: Rows) -> ColumnStatistics:
    """Return what these rows (the training rows, nothing else) say about the columns."""
    raw = {q.column: _values(q, rows) for q in schema.quantities}
    medians = {name: float(np.nanmedian(values)) for name, values in raw.items()}
    full = {name: _filled(values, medians[name]) for name, values in raw.items()}
    return ColumnStatistics(
        medians=medians,
        means={name: float(values.mean()) for name, values in full.items()},
        deviations={name: float(values.std()) or 1.0 for name, values in full.items()},
        gaps=tuple(name for name, values in raw.items() if np.isnan(values).any()),
        levels={c.column: _levels(c, rows) for c in schema.categories},
    )


def encode_rows(schema: Schema, fitted: ColumnStatistics, rows: Rows) -> Tensor:
    """Return the network's inputs: float32 [rows, features], columns as in `feature_names`.

    Numbers are z-scores (a gap is the median's), indicators and levels are 0 or 1. A level that no
    training row had counts as "unknown" where that level exists, else as none of them.
    """
    columns: list[NDArray[np.float64]] = []
    for quantity in schema.quantities:
        columns.extend(_quantity(quantity, fitted, rows))
    for category in schema.categories:
        columns.extend(_category(category, fitted.levels[category.column], rows))
    return torch.from_numpy(np.stack(columns, axis=1).astype(np.float32))


def feature_names(schema: Schema, fitted: ColumnStatistics) -> tuple[str, ...]:
    """Return the readable name of every input column."""
    names: list[str] = []
    for quantity in schema.quantities:
        names.append(quantity.title)
        names.extend([f"{quantity.title}: missing"] if quantity.column in fitted.gaps else [])
    for category in schema.categories:
        names.extend(f"{category.title}: {name}" for name in fitted.levels[category.column])
    return tuple(names)


def questions(schema: Schema, fitted: ColumnStatistics) -> tuple[str, ...]:
    """Return for every input column the column of the table that it comes from, by its title."""
    asked: list[str] = []
    for quantity in schema.quantities:
        asked.extend([quantity.title] * (1 + (quantity.column in fitted.gaps)))
    for category in schema.categories:
        asked.extend([category.title] * len(fitted.levels[category.column]))
    return tuple(asked)


def cells(schema: Schema, rows: Rows) -> dict[str, tuple[str, ...]]:
    """Return the readable original values, column title -> one text per row."""
    shown: dict[str, tuple[str, ...]] = {}
    for quantity in schema.quantities:
        values = _original(quantity, rows)
        shown[quantity.title] = tuple("missing" if np.isnan(v) else f"{v:g}" for v in values)
    for category in schema.categories:
        shown[category.title] = tuple(level(category, row) for row in rows)
    return shown


def level(category: Category, row: Mapping[str, str]) -> str:
    """Return the readable level of one row; an empty cell is "unknown"."""
    raw = row[category.column]
    return category.titles.get(raw, raw) if raw else UNKNOWN


def band_names(
    values: Sequence[float] | NDArray[np.float64], edges: tuple[int, ...]
) -> tuple[str, ...]:
    """Return the band of each value, "under 45", "45 to 54", "55 and over", from rising edges."""
    inner = (f"{low} to {high - 1}" for low, high in itertools.pairwise(edges))
    names = (f"under {edges[0]}", *inner, f"{edges[-1]} and over")
    return tuple(names[int(at)] for at in np.searchsorted(edges, values, side="right"))


def write_fitted(name: str, fitted: ColumnStatistics) -> None:
    """Write `fitted` as JSON beside the data."""
    text = json.dumps(asdict(fitted), indent=1, ensure_ascii=False)
    (FOLDER / name).write_text(text + "\n", encoding="utf-8")


def read_fitted(name: str) -> ColumnStatistics:
    """Return what `write_fitted` wrote; InvalidFile when it is missing or damaged."""
    try:
        found = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        return ColumnStatistics(
            medians=dict(found["medians"]),
            means=dict(found["means"]),
            deviations=dict(found["deviations"]),
            gaps=tuple(found["gaps"]),
            levels={column: tuple(names) for column, names in found["levels"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidFile("models.shipped_preprocessing", name=name) from error


def _original(quantity: Quantity, rows: Rows) -> NDArray[np.float64]:
    """Return the cells of a numeric column with NaN for every gap."""
    values = number_column(rows, quantity.column)
    return np.where(np.isin(values, quantity.gaps), np.nan, values)


def _values(quantity: Quantity, rows: Rows) -> NDArray[np.float64]:
    """Return the cells on the scale the network reads."""
    values = _original(quantity, rows)
    return np.log1p(values) if quantity.logarithm else values


def _filled(values: NDArray[np.float64], median: float) -> NDArray[np.float64]:
    return np.where(np.isnan(values), median, values)


def _quantity(
    quantity: Quantity, fitted: ColumnStatistics, rows: Rows
) -> list[NDArray[np.float64]]:
    """Return the z-score of a column and, where training rows had gaps, its indicator."""
    name = quantity.column
    values = _values(quantity, rows)
    score = (_filled(values, fitted.medians[name]) - fitted.means[name]) / fitted.deviations[name]
    return [score, np.isnan(values).astype(np.float64)] if name in fitted.gaps else [score]


def _category(category: Category, levels: tuple[str, ...], rows: Rows) -> list[NDArray[np.float64]]:
    """Return one 0/1 column per level."""
    found = [level(category, row) for row in rows]
    known = [name if name in levels else UNKNOWN for name in found]
    return [np.array([float(name == wanted) for name in known]) for wanted in levels]


def _levels(category: Category, rows: Rows) -> tuple[str, ...]:
    """Return the levels of these rows, the most frequent first, equals by name."""
    counts = Counter(level(category, row) for row in rows)
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))
