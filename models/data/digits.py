"""Handwritten digits, 8x8 grey values: `digits.csv.gz`."""

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.subject import InputSpec, Samples, Task
from models.data.parts import DataSet, Rows, data_set, part_indices, shipped_rows

FILE = "digits.csv.gz"
SIDE = 8
BRIGHTEST = 16.0
CLASSES = tuple(str(digit) for digit in range(10))
INKS = ("thin", "medium", "bold")
SOURCE = (
    "Optical Recognition of Handwritten Digits, UCI Machine Learning Repository 80, the test file "
    "of 1,797 images as shipped inside scikit-learn 1.9.1."
)
AUTHORS = "E. Alpaydin and C. Kaynak, Bogazici University, 1998"
LICENCE = "CC BY 4.0 according to UCI; the file is from scikit-learn, BSD-3-Clause"
LIMITS = (
    (
        "13 people wrote the digits and their names are not known, so the same hands stand in the "
        "training and the test part: new writers will be read less well."
    ),
    "Pictures of 8x8 pixels made from tidy forms; photographs or other scripts will fail.",
)


def read_digits() -> DataSet:
    """Return the digits: inputs [n, 1, 8, 8] from 0 (paper) to 1 (ink), targets 0 to 9.

    Groups: "digit", and "ink", the thirds of the mean grey value with limits from training rows.
    """
    rows = shipped_rows(FILE)
    pixels = _pixels(rows)
    limits = np.quantile(pixels[part_indices(rows)["train"]].mean(axis=(1, 2, 3)), (1 / 3, 2 / 3))
    names = tuple(f"row {r + 1} column {c + 1}" for r in range(SIDE) for c in range(SIDE))
    spec = InputSpec(kind="image", shape=(1, SIDE, SIDE), names=names)
    task = Task(kind="classification", classes=CLASSES, metric="accuracy", target="digit")
    return data_set(rows, _samples(rows, pixels, limits), spec, task)


def _pixels(rows: Rows) -> NDArray[np.float32]:
    """Return the grey values as [rows, 1, 8, 8] from 0 to 1 (a division by 16 is exact)."""
    table = np.array([row["pixels"].split(" ") for row in rows], dtype=np.float32)
    return (table / np.float32(BRIGHTEST)).reshape(-1, 1, SIDE, SIDE)


def _samples(rows: Rows, pixels: NDArray[np.float32], limits: NDArray[np.float64]) -> Samples:
    inks = np.searchsorted(limits, pixels.mean(axis=(1, 2, 3)), side="right")
    digits = tuple(row["digit"] for row in rows)
    return Samples(
        inputs=(torch.from_numpy(pixels),),
        targets=torch.tensor([int(digit) for digit in digits]),
        ids=tuple(f"image {row['id']}" for row in rows),
        groups={"digit": digits, "ink": tuple(INKS[int(ink)] for ink in inks)},
    )
