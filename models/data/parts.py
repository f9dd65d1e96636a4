"""The two parts of a data set: every row carries its part's name in the shipped file."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidFile
from explain.core.subject import InputSpec, Samples, Task

FOLDER = Path(__file__).parent
PARTS = ("train", "test")

Rows = Sequence[Mapping[str, str]]
"""A table as read from a file: column name -> text, one mapping a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set ready for a network.

    `train` fits the preprocessing and the weights, and its folds decide how to train; `test` is
    what every published number is measured on and nothing else reads it.
    """

    train: Samples
    test: Samples
    spec: InputSpec
    task: Task


def shipped_rows(name: str) -> Rows:
    """Return the rows of a shipped csv file (gzipped when the name says so), in stored order."""
    path = FOLDER / name
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
        rows = list(csv.DictReader(text.splitlines(), strict=True))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise _broken(name) from error
    if not rows or any(row.get("part") not in PARTS for row in rows):
        raise _broken(name)
    return rows


def part_indices(rows: Rows) -> dict[str, NDArray[np.int64]]:
    """Return the row numbers of each part, in stored order."""
    labels = np.array([row["part"] for row in rows])
    return {part: np.flatnonzero(labels == part).astype(np.int64) for part in PARTS}


def data_set(rows: Rows, everything: Samples, spec: InputSpec, task: Task) -> DataSet:
    """Return a data set whose parts are those that its rows name."""
    parts = part_indices(rows)
    return DataSet(
        train=everything.take(parts["train"]),
        test=everything.take(parts["test"]),
        spec=spec,
        task=task,
    )


def number_column(rows: Rows, column: str) -> NDArray[np.float64]:
    """Return a column as float64; an empty cell is NaN."""
    return np.array([float(row[column] or "nan") for row in rows], dtype=np.float64)


def _broken(name: str) -> InvalidFile:
    return InvalidFile("models.shipped_data", name=name)
