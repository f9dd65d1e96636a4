"""Arrays as pictures: on one scale, coloured, enlarged, and as a PNG inside a data URI."""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from explain.core.messages import say
from explain.figures.chart import pixel

_QUICK = 1
"""Level of compression: pictures here are small, and a page makes a hundred of them at once."""


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return [height, width, 1, 3 or 4] bytes (grey, colour, colour and opacity) as a data URI."""
    file = BytesIO()
    flat = pixels[..., 0] if pixels.shape[-1] == 1 else pixels
    Image.fromarray(flat).save(file, "PNG", compress_level=_QUICK)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


_SIDE = 40


def thumbnail(image: NDArray[Any], low: float, high: float) -> str:
    """Return a PNG data URI of an image [channels, height, width], black at `low`, white at `high`.

    3 channels are red, green, blue; else the first is grey.
    """
    scaled = np.clip((image - low) / ((high - low) or 1.0), 0, 1)
    colours = scaled[:3] if len(scaled) >= 3 else scaled[:1]
    pixels = np.rint(255 * colours).astype(np.uint8).transpose(1, 2, 0)
    factor = max(1, _SIDE // max(pixels.shape[:2]))
    return data_uri(_enlarged(pixels, factor))


def _enlarged(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return pixels.repeat(factor, 0).repeat(factor, 1)


Values = NDArray[np.float64]


def enlarged(values: Values, size: tuple[int, int]) -> Values:
    """Return values [h, w] at `size` (height, width), signs kept.

    As torch's bilinear interpolation without aligned corners; beyond the outermost centres the
    edge goes on.
    """
    rows, columns = (_mixing(old, new) for old, new in zip(values.shape, size, strict=True))
    found: Values = rows @ values @ columns.T
    return found


def _mixing(old: int, new: int) -> Values:
    """Return the share [new, old] that each old position has in each new one."""
    centres = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    left = np.minimum(centres.astype(np.int64), max(0, old - 2))
    part = centres - left
    found = np.zeros((new, old))
    found[np.arange(new), left] = 1 - part
    found[np.arange(new), np.minimum(left + 1, old - 1)] += part
    return found


_BLUE, _ORANGE = pixel("map-plus"), pixel("map-minus")


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


def strongest_value(values: NDArray[np.floating]) -> float:
    """Return the value of the largest size."""
    flat = values.reshape(-1)
    return float(flat[int(np.abs(flat).argmax())])


MANY = 1_000
"""From so many parts on, the strongest 0.5 % do not stretch the scale."""
_LEVEL = 99.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Triple:
    """Values of one sample in two networks, shaped alike, in units of the explained output."""

    dense: Values
    pruned: Values

    @property
    def difference(self) -> Values:
        """Return pruned - dense: what pruning added or took."""
        return self.pruned - self.dense

    @property
    def sides(self) -> tuple[tuple[str, Values], ...]:
        """Return the three arrays with their titles, in the order in which they are shown."""
        return (
            (say("attribution.column", column="dense"), self.dense),
            (say("attribution.column", column="pruned"), self.pruned),
            (say("attribution.column", column="difference"), self.difference),
        )

    @property
    def largest(self) -> float:
        """Return the |value| of full colour for all three: the largest, of many the 99.5th %."""
        sizes = np.abs(np.stack([values.reshape(-1) for _, values in self.sides]))
        if not sizes.size:
            return 0.0
        if sizes.shape[1] < MANY:
            return float(sizes.max())
        return float(np.percentile(sizes, _LEVEL)) or float(sizes.max())

    @property
    def cut(self) -> bool:
        """Return whether some |values| lie beyond full colour."""
        return any(bool((np.abs(values) > self.largest).any()) for _, values in self.sides)
