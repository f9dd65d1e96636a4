"""A small picture of an image sample, as a PNG inside a data URI."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.figures.png import data_uri

_SIDE = 40


def thumbnail(image: NDArray[Any], low: float, high: float) -> str:
    """Return a PNG data URI of an image.

    Args:
        image: [channels, height, width]; 3 channels are red, green, blue, else the first is grey.
        low: value shown black.
        high: value shown white.
    """
    scaled = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
    colours = scaled[:3] if len(scaled) >= 3 else scaled[:1]
    pixels = np.rint(255 * colours).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, _SIDE // max(pixels.shape[:2]))
    return data_uri(_enlarged(pixels, factor))


def _enlarged(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return pixels.repeat(factor, 0).repeat(factor, 1)
