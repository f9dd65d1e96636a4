"""Pixels as a PNG inside a data URI: what an image costs the browser least."""

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_QUICK = 1
"""Level of compression: pictures here are small, and a page makes a hundred of them at once."""


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return [height, width, 1, 3 or 4] bytes (grey, colour, colour and opacity) as a data URI."""
    file = BytesIO()
    flat = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(flat).save(file, "PNG", compress_level=_QUICK)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
