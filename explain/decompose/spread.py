"""Intervals of means over rows, from rows and from sampled orders together."""

import math

import numpy as np
from numpy.typing import NDArray

from explain.core.bootstrap import resampled_means

__all__ = ["half_width", "of_means", "of_one_row"]

Values = NDArray[np.float64]

_Z = 1.959964


def of_means(per_row: Values, sampling: Values) -> tuple[Values, Values, Values]:
    """Return means [...] of values [n, ...] and the ends of their 95 % intervals.

    Over rows by bootstrap; `sampling` [...], half the width of an independent interval, is added
    in quadrature. A single row has no spread over rows.
    """
    mean = per_row.mean(0)
    if len(per_row) == 1:
        return mean, mean - sampling, mean + sampling
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

    Student's quantile by its first Cornish-Fisher term. Infinite for a single draw.
    """
    m = len(draws)
    if m < 2:
        return np.full(draws.shape[1:], math.inf)
    quantile = _Z * (1 + (_Z**2 + 1) / (4 * (m - 1)))
    return np.asarray(quantile * draws.std(0, ddof=1) / math.sqrt(m))
