"""95 % intervals that need no resampling: of a share, and of the mean of a few draws."""

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_Z = 1.959963984540054
"""The normal distribution's 97.5 % quantile."""
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
)
"""Student's 97.5 % quantiles of 1 to 20 degrees of freedom."""
FEW = len(_STUDENT)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share of n (Wilson 1927); 0..1 for n = 0."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = hits / n, _Z * _Z
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def half_width(draws: Values) -> Values:
    """Return half the 95 % interval [...] of the mean of independent draws [m, ...].

    Student's t, beyond 21 draws by its first Cornish-Fisher term. Infinite for a single draw.
    """
    m = len(draws)
    if m < 2:
        return np.full(draws.shape[1:], math.inf)
    quantile = _STUDENT[m - 2] if m - 1 <= FEW else _Z * (1 + (_Z**2 + 1) / (4 * (m - 1)))
    return np.asarray(quantile * draws.std(0, ddof=1) / math.sqrt(m))
