"""Maps in another size: bilinear interpolation between pixel centres."""

import numpy as np
from numpy.typing import NDArray

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
