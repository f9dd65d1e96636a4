"""Four handwritten digits side by side in one picture, drawn from `digits.csv.gz`."""

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.subject import InputSpec, Samples, Task
from models.data import digits
from models.data.parts import DataSet

PLACES = ("first", "second", "third", "fourth")
PICTURES = (6_000, 1_000)
"""How many pictures are drawn of the training digits, and of the held-out ones."""
STRETCHES = 5
"""Training digits are dealt into so many heaps; each stretch of pictures is drawn from one."""
SOURCE = digits.SOURCE
AUTHORS = digits.AUTHORS
LICENCE = digits.LICENCE
LIMITS = (
    *digits.LIMITS,
    (
        "Four digits of the same part were drawn at random for every picture, so a digit stands in "
        "many pictures: 1,000 held-out pictures are made of 450 held-out digits."
    ),
)


def read_side_by_side() -> DataSet:
    """Return pictures [n, 1, 8, 32] of four digits, targets [n, 40]: ten labels for each place.

    Pictures of the training part are drawn in five stretches that share no digit, so that those
    held out in cross-validation are new. Groups: the digit at each place.
    """
    found = digits.read_digits()
    train, test = (
        _drawn(part, name, count, heaps)
        for part, name, count, heaps in zip(
            (found.train, found.test),
            ("training picture", "picture"),
            PICTURES,
            (STRETCHES, 1),
            strict=True,
        )
    )
    labels = tuple(f"{place} {digit}" for place in PLACES for digit in digits.CLASSES)
    shape = (1, digits.SIDE, digits.SIDE * len(PLACES))
    return DataSet(
        train=train,
        test=test,
        spec=InputSpec(kind="image", shape=shape),
        task=Task(kind="multilabel", classes=labels, metric="macro-f1", target="digits"),
    )


def _drawn(samples: Samples, name: str, count: int, heaps: int) -> Samples:
    """Return `count` pictures, every stretch of them made of digits of a heap of its own."""
    random = np.random.default_rng(0)
    dealt = np.array_split(random.permutation(samples.count), heaps)
    sizes = [len(part) for part in np.array_split(np.arange(count), heaps)]
    rows = np.concatenate(
        [random.choice(heap, (size, len(PLACES))) for heap, size in zip(dealt, sizes, strict=True)]
    )
    return _pictures(samples, rows, name)


def _pictures(samples: Samples, rows: NDArray[np.int64], name: str) -> Samples:
    """Return the pictures whose digits are `rows` [n, places] of `samples`."""
    parts = [samples.inputs[0][torch.from_numpy(at)] for at in rows.T]
    shown = np.array(samples.groups["digit"])[rows]
    return Samples(
        inputs=(torch.cat(parts, dim=3),),
        targets=_labels(shown.astype(np.int64)),
        ids=tuple(f"{name} {number}" for number in range(len(rows))),
        groups={f"{place} digit": tuple(shown[:, at]) for at, place in enumerate(PLACES)},
    )


def _labels(shown: NDArray[np.int64]) -> torch.Tensor:
    """Return [n, places * 10]: 1 where the digit of that place is that one."""
    each = torch.nn.functional.one_hot(torch.from_numpy(shown), len(digits.CLASSES))
    return each.flatten(1)


def digits_right(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return where the likeliest of a place's ten labels is the digit there [n, places]."""
    said, true = (
        each.reshape(len(each), len(PLACES), -1).argmax(dim=2) for each in (outputs, targets)
    )
    return said.eq(true)
