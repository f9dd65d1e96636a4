"""Intervals by resampling rows, always the same resamples for the same number of rows."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from explain.core.measurement import Measurement

__all__ = ["RESAMPLES", "interval", "mean_of", "measured", "resampled_means"]

RESAMPLES = 1_000
_LEVELS = (2.5, 97.5)
_SEED = 0
_COLUMNS = 4_096

Values = NDArray[np.float64]


def resampled_means(values: Values) -> Values:
    """Return the means [1000, *parts] of values [n, *parts] over rows drawn with replacement.

    Two arrays of equally many rows are resampled alike, so that their difference or ratio is
    resampled jointly. Memory is bounded: 4,096 parts at a time.
    """
    n = len(values)
    flat = values.reshape(n, math.prod(values.shape[1:]))
    draws = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=RESAMPLES)
    weights = draws / n
    parts = [weights @ flat[:, at : at + _COLUMNS] for at in range(0, flat.shape[1], _COLUMNS)]
    return np.concatenate(parts, axis=1).reshape(RESAMPLES, *values.shape[1:])


def interval(resamples: Values) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of one number's resamples."""
    low, high = np.percentile(resamples, _LEVELS)
    return float(low), float(high)


def mean_of(key: str, values: Values, how: str) -> Measurement:
    """Return the mean of values [n] with its bootstrap 95 % interval, n and how it was got.

    NaN for no rows; no interval for fewer than two, which say nothing about their spread.
    """
    return measured(key, lambda mean: mean(values), len(values), how)


def measured(
    key: str, formula: Callable[[Callable[[Values], Values]], Values], n: int, how: str
) -> Measurement:
    """Return a number made of means, with the interval that its resampled means give.

    `formula(mean)` is called with the plain mean and with the resampled one.
    """
    if n == 0:
        return Measurement(key=key, value=math.nan, unit="share", n=0, how=how)
    value = float(formula(lambda values: values.mean(0)))
    if n == 1:
        return Measurement(key=key, value=value, unit="share", n=1, how=how)
    low, high = interval(formula(resampled_means))
    how = f"{how}; bootstrap 95 % over rows"
    return Measurement(key=key, value=value, unit="share", n=n, how=how, low=low, high=high)
