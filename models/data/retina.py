"""Patches of one retina photograph with the vessels as pixel truth: `retina.npz`."""

from collections.abc import Mapping, Sequence
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.errors import InvalidFile
from explain.core.subject import InputSpec, Samples, Task
from models.data.parts import FOLDER, DataSet

FILE = "retina.npz"
SIDE = 48
LEAST = 0.05
"""A patch shows a vessel when the vessels cover more than this share of it."""
CLASSES = ("no vessel", "vessel")
HEIGHTS = ("upper third", "middle third", "lower third")
LIGHTS = ("dark", "medium", "bright")
COVERS = ("none", "a trace", "one or few", "many")
COVER_LIMITS = (0.0, LEAST, 0.15)
SOURCE = (
    "Fundus photograph of a normal left eye, as shipped inside scikit-image 0.26.0 (retina.jpg), "
    "scaled to two thirds; the vessels were found in it by a ridge filter (Sato)."
)
AUTHORS = "Mikael Häggström, Medical gallery, WikiJournal of Medicine 1 (2), 2014"
LICENCE = "CC0 1.0"
LIMITS = (
    (
        "One picture of one eye of one patient: training patches come from its left half, held-out "
        "patches from its right half. Nothing here says how it would do on another eye."
    ),
    (
        "The vessels were marked by a filter, not by a physician: the finest ones are missing. "
        "Patches of the optic disc are left out, because it took the rim of the disc for a vessel."
    ),
    "Held-out patches overlap by half, so they are worth fewer than their number.",
)

Arrays = Mapping[str, NDArray[np.generic]]


def read_retina() -> DataSet:
    """Return the patches: inputs [n, 3, 48, 48] from 0 to 1, target 1 where there is a vessel.

    `masks` [n, 48, 48] are the vessels. Groups: height in the picture, thirds of the brightness
    within the part (the right half is the darker one), and how much of it the vessels cover.
    """
    arrays = _arrays()
    picture = torch.from_numpy(
        picture_from_differences(arrays["differences"].astype(np.uint8, copy=False))
    )
    vessels = _vessels(arrays["vessels"], picture.shape[1:])
    train, test = (_cut(picture, vessels, arrays[part]) for part in ("train", "test"))
    return DataSet(
        train=train,
        test=test,
        spec=InputSpec(kind="image", shape=(3, SIDE, SIDE)),
        task=Task(
            kind="classification",
            classes=CLASSES,
            metric="balanced-accuracy",
            target="retinal vessel",
        ),
    )


def differences(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture [3, height, width] as differences of neighbours, which pack far smaller."""
    down = np.diff(picture, axis=1, prepend=np.uint8(0))
    return np.diff(down, axis=2, prepend=np.uint8(0))


def picture_from_differences(found: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture of `differences`: sums modulo 256, exact."""
    return found.cumsum(axis=2, dtype=np.uint8).cumsum(axis=1, dtype=np.uint8)


def _arrays() -> Arrays:
    try:
        with np.load(FOLDER / FILE) as found:
            return {name: found[name] for name in ("differences", "vessels", "train", "test")}
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        raise InvalidFile("models.shipped_data", name=FILE) from error


def _vessels(packed: NDArray[np.generic], shape: Sequence[int]) -> torch.Tensor:
    """Return the boolean map [height, width] of the vessels."""
    height, width = shape
    bits = np.unpackbits(packed.astype(np.uint8, copy=False), count=height * width)
    return torch.from_numpy(bits.astype(np.bool_).reshape(height, width))


def _cut(picture: torch.Tensor, vessels: torch.Tensor, corners: NDArray[np.generic]) -> Samples:
    """Return the patches whose upper left corners (row, column) are given."""
    places = [(slice(y, y + SIDE), slice(x, x + SIDE)) for y, x in corners.tolist()]
    patches = torch.stack([picture[:, rows, columns] for rows, columns in places]).float() / 255
    masks = torch.stack([vessels[place] for place in places])
    heights = 3 * (corners.astype(np.int64)[:, 0] + SIDE // 2) // len(vessels)
    covers = masks.double().mean(dim=(1, 2))
    return Samples(
        inputs=(patches,),
        targets=(covers > LEAST).long(),
        ids=tuple(f"row {y} column {x}" for y, x in corners.tolist()),
        groups={
            "height": _named(HEIGHTS, heights),
            "brightness": _named(LIGHTS, _thirds(patches.double().mean(dim=(1, 2, 3)).numpy())),
            "vessel area": _named(COVERS, np.searchsorted(COVER_LIMITS, covers.numpy())),
        },
        masks=masks,
    )


def _named(names: tuple[str, ...], at: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(names[int(number)] for number in at)


def _thirds(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return 0, 1 or 2: in which third of the values each of them lies."""
    return np.searchsorted(np.quantile(values, (1 / 3, 2 / 3)), values)
