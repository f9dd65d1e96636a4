"""Intervals of means over rows, from rows and from sampled orders together."""

import numpy as np
from numpy.typing import NDArray

from explain.core.bootstrap import intervals
from explain.core.intervals import FEW, half_width

Values = NDArray[np.float64]


def of_means(per_row: Values, sampling: Values) -> tuple[Values, Values, Values]:
    """Return means [...] of values [n, ...] and the ends of their 95 % intervals.

    Over rows by bootstrap, over 20 or fewer by Student's t, since the bootstrap of few rows is too
    narrow (of 2 it covers half); `sampling` [...], half the width of an independent interval, is
    added in quadrature. A single row has no spread over rows.
    """
    mean = per_row.mean(0)
    if len(per_row) == 1:
        return mean, mean - sampling, mean + sampling
    if len(per_row) <= FEW:
        width = np.hypot(half_width(per_row), sampling)
        return mean, mean - width, mean + width
    low, high = intervals(per_row)
    return mean, mean - np.hypot(mean - low, sampling), mean + np.hypot(high - mean, sampling)


def of_one_row(draws: Values) -> Values:
    """Return half the 95 % interval [...] of one row's mean over draws [draws, n, ...].

    0 where there is one draw, and for several rows: each has draws of its own, so that the spread
    over rows holds theirs.
    """
    if len(draws) == 1 or draws.shape[1] > 1:
        return np.zeros(draws.shape[2:])
    return half_width(draws[:, 0])
