"""Find the vessels in a retina photograph and lay patches over it; needs scikit-image."""

from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from models.data.retina import SIDE, differences

WIDTH = 941
"""Width and height of the shipped picture, two thirds of the original."""
DARK = 20
BRIGHT = 0.5
RIM = 12
VESSEL_WIDTHS = (1.5, 2.0, 3.0, 4.0)
UNEVEN = 20.0
MANY, SOME = 0.95, 0.90
SPECK = 200
TRAIN_STEP, TEST_STEP = 12, 24

Flags = NDArray[np.bool_]


def vessel_patches(photograph: NDArray[np.uint8]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of the shipped file.

    "differences" [3, 941, 941] is the picture (see `retina.differences`), "vessels" the packed
    bits of their map, "train" and "test" [n, 2] the upper left corners of the patches that lie
    wholly inside the eye, in its left and in its right half. Patches that touch the optic disc are
    left out: the filter takes its rim for a vessel.
    """
    resize = import_module("skimage.transform").resize
    small = resize(photograph, (WIDTH, WIDTH), anti_aliasing=True, preserve_range=True)
    picture = np.rint(small).astype(np.uint8)
    eye = _eye(picture)
    seen = eye & ~_disc(picture)
    half = WIDTH // 2
    return {
        "differences": differences(picture.transpose(2, 0, 1)),
        "vessels": np.packbits(_vessels(picture, eye)),
        "train": _corners(seen, 0, half, TRAIN_STEP),
        "test": _corners(seen, half, WIDTH, TEST_STEP),
    }


def _eye(picture: NDArray[np.uint8]) -> Flags:
    """Return the bright disc without its rim."""
    morphology = import_module("skimage.morphology")
    disc = morphology.isotropic_opening(picture.mean(axis=2) > DARK, 5)
    found: Flags = morphology.isotropic_erosion(disc, RIM)
    return found


def _disc(picture: NDArray[np.uint8]) -> Flags:
    """Return where the optic nerve leaves the eye: the bright part, and its rim."""
    bright = import_module("skimage.filters").gaussian(picture[..., 1] / 255, RIM) > BRIGHT
    found: Flags = import_module("skimage.morphology").isotropic_dilation(bright, RIM)
    return found


def _vessels(picture: NDArray[np.uint8], eye: Flags) -> Flags:
    """Return dark ridges of the green channel: Sato's filter, hysteresis, no specks."""
    filters = import_module("skimage.filters")
    green = picture[..., 1] / 255
    level = green - filters.gaussian(green, UNEVEN)
    ridges = filters.sato(level, sigmas=VESSEL_WIDTHS, black_ridges=True)
    low, high = np.quantile(ridges[eye], (SOME, MANY))
    found = filters.apply_hysteresis_threshold(ridges, low, high) & eye
    kept: Flags = import_module("skimage.morphology").remove_small_objects(found, max_size=SPECK)
    return kept


def _corners(seen: Flags, first: int, last: int, step: int) -> NDArray[np.int16]:
    """Return the corners of a grid of patches between two columns that hold no other pixels."""
    places = [
        (y, x)
        for y in range(0, len(seen) - SIDE + 1, step)
        for x in range(first, last - SIDE + 1, step)
        if seen[y : y + SIDE, x : x + SIDE].all()
    ]
    return np.array(places, dtype=np.int16)
