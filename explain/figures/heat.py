"""Numbers as colours: signed maps blue and orange around nothing, unsigned ones from nothing on."""

import numpy as np
from numpy.typing import NDArray

from explain.figures.palette import NEGATIVE, POSITIVE
from explain.figures.png import data_uri

_BLUE = tuple(int(POSITIVE[at : at + 2], 16) for at in (1, 3, 5))
_ORANGE = tuple(int(NEGATIVE[at : at + 2], 16) for at in (1, 3, 5))


def coloured(values: NDArray[np.float64], largest: float) -> NDArray[np.uint8]:
    """Return values [h, w] as colour and opacity [h, w, 4]: nothing is transparent.

    Positive is blue, negative orange, the opacity |value| / `largest`; so a map reads the same on a
    light and on a dark page, and can lie over its picture. Two maps that are compared need one
    `largest`.
    """
    share = np.clip(np.abs(values) / (largest or 1.0), 0, 1)
    positive = (values >= 0)[..., None]
    colour = np.where(positive, np.array(_BLUE), np.array(_ORANGE))
    opacity = np.rint(255 * share)[..., None]
    return np.concatenate([colour, opacity], axis=-1).astype(np.uint8)


def heat_map(values: NDArray[np.float64], largest: float) -> str:
    """Return values [h, w] as a PNG data URI with one pixel a value; enlarge it in the page."""
    return data_uri(coloured(np.nan_to_num(values), largest))
