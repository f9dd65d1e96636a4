"""Intervals of means over rows, from rows and from sampled orders together."""

import math

import numpy as np
from numpy.typing import NDArray

from explain.core.bootstrap import resampled_means

__all__ = ["half_width", "of_means", "of_one_row"]

Values = NDArray[np.float64]

_Z = 1.959964
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
)
"""Student's 97.5 % quantiles of 1 to 20 degrees of freedom."""
_FEW = len(_STUDENT)


def of_means(per_row: Values, sampling: Values) -> tuple[Values, Values, Values]:
    """Return means [...] of values [n, ...] and the ends of their 95 % intervals.

    Over rows by bootstrap, over 20 or fewer by Student's t, since the bootstrap of few rows is too
    narrow (of 2 it covers half); `sampling` [...], half the width of an independent interval, is
    added in quadrature. A single row has no spread over rows.
    """
    mean = per_row.mean(0)
    if len(per_row) == 1:
        return mean, mean - sampling, mean + sampling
    if len(per_row) <= _FEW:
        width = np.hypot(half_width(per_row), sampling)
        return mean, mean - width, mean + width
    low, high = np.percentile(resampled_means(per_row), (2.5, 97.5), axis=0)
    return mean, mean - np.hypot(mean - low, sampling), mean + np.hypot(high - mean, sampling)


def of_one_row(draws: Values) -> Values:
    """Return half the 95 % interval [...] of one row's mean over draws [draws, n, ...].

    0 where there is one draw, and for several rows: each has draws of its own, so that the spread
    over rows holds theirs.
    """
    if len(draws) == 1 or draws.shape[1] > 1:
        return np.zeros(draws.shape[2:])
    return half_width(draws[:, 0])


def half_width(draws: Values) -> Values:
    """Return half the 95 % interval [...] of the mean of independent draws [m, ...].

    Student's t, beyond 21 draws by its first Cornish-Fisher term. Infinite for a single draw.
    """
    m = len(draws)
    if m < 2:
        return np.full(draws.shape[1:], math.inf)
    quantile = _STUDENT[m - 2] if m - 1 <= _FEW else _Z * (1 + (_Z**2 + 1) / (4 * (m - 1)))
    return np.asarray(quantile * draws.std(0, ddof=1) / math.sqrt(m))
