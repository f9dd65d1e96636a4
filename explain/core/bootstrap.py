"""Intervals by resampling rows, always the same resamples for the same number of rows."""

import math

import numpy as np
from numpy.typing import NDArray

from explain.core.measurement import Measurement
from explain.core.messages import Message

RESAMPLES = 1_000
_LEVELS = (2.5, 97.5)
_SEED = 0
_COLUMNS = 4_096

Values = NDArray[np.float64]


def resampled_means(values: Values) -> Values:
    """Return the means [1000, *parts] of values [n, *parts] over rows drawn with replacement.

    Two arrays of equally many rows are resampled alike, so that their difference or ratio is
    resampled jointly. Memory: 1000 numbers for each part; where there are many parts and only
    their percentiles are wanted, `intervals` needs less.
    """
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    return (_shares(len(values)) @ flat).reshape(RESAMPLES, *values.shape[1:])


def resampled_over_draws(values: Values, stream: int = 1) -> Values:
    """Return the means [1000] of values [draws, n] over draws and rows drawn with replacement.

    Rows are resampled as `resampled_means` does; draws apart for each `stream`, so that two
    random quantities of as many draws stay independent.
    """
    draws, n = values.shape
    both = (_shares(draws, stream) @ values) * _shares(n)
    return np.asarray(both.sum(1))


def _shares(count: int, stream: int = 0) -> Values:
    """Return how much each of `count` things counts in each resample [1000, count]."""
    generator = np.random.default_rng((_SEED, stream) if stream else _SEED)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return np.asarray(drawn / count)


def interval(resamples: Values) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of one number's resamples."""
    low, high = np.percentile(resamples, _LEVELS)
    return float(low), float(high)


def intervals(values: Values) -> tuple[Values, Values]:
    """Return the 95 % interval [*parts] of the mean of values [n, *parts] over rows.

    Memory is bounded however many parts there are: 4,096 of them are resampled at a time.
    """
    n, parts = len(values), values.shape[1:]
    flat, shares = values.reshape(n, math.prod(parts)), _shares(n)
    found = np.empty((2, flat.shape[1]))
    for at in range(0, flat.shape[1], _COLUMNS):
        here = slice(at, at + _COLUMNS)
        found[:, here] = np.percentile(shares @ flat[:, here], _LEVELS, axis=0)
    low, high = found.reshape(2, *parts)
    return low, high


def mean_of(key: str, values: Values, how: Message) -> Measurement:
    """Return the mean of values [n] with its bootstrap 95 % interval, n and how it was got.

    NaN for no rows; no interval for fewer than two, which say nothing about their spread.
    """
    value = float(values.mean()) if len(values) else math.nan
    resamples = resampled_means(values) if len(values) else values
    return share_measurement(key, value, resamples, len(values), how)


def mean_over_draws(key: str, values: Values, how: Message, stream: int = 1) -> Measurement:
    """Return the mean of values [draws, n] with an interval over random draws and rows.

    NaN for no rows; no interval for fewer than two.
    """
    n = values.shape[1]
    value = float(values.mean()) if n else math.nan
    resamples = resampled_over_draws(values, stream) if n else values
    return share_measurement(key, value, resamples, n, how, draws=True)


def share_measurement(
    key: str, value: float, resamples: Values, n: int, how: Message, *, draws: bool = False
) -> Measurement:
    """Return a share with the interval of its resamples, none for fewer than two rows.

    `draws`: whether random draws were resampled beside rows.
    """
    if n < 2:
        return Measurement(key=key, value=value, unit="share", n=n, how=how)
    low, high = interval(resamples)
    how = Message("how.over_draws_and_rows" if draws else "how.over_rows", how=how)
    return Measurement(key=key, value=value, unit="share", n=n, how=how, low=low, high=high)
