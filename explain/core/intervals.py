"""95 % intervals: by formula for shares and draws, by resampling rows for everything else."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import Message

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One measured value: its unit, how many samples it rests on, its spread, and how it was got.

    `low` and `high` bound a 95 % interval where one is known, else they are None.
    """

    key: str
    value: float
    unit: str
    n: int
    how: Message
    low: float | None = None
    high: float | None = None

    @property
    def excludes_zero(self) -> bool:
        """Return whether the whole interval lies on one side of 0; False where there is none."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def share_of(key: str, hits: int, n: int, how: Message) -> Measurement:
    """Return a share of n, NaN for n = 0, with Wilson's interval."""
    low, high = wilson(hits, n)
    value = hits / n if n else float("nan")
    how = Message("how.wilson", how=how)
    return Measurement(key=key, value=value, unit="share", n=n, how=how, low=low, high=high)


RESAMPLES = 1_000
_LEVELS = (2.5, 97.5)
_SEED = 0
_COLUMNS = 4_096


def resampled_means(values: Values) -> Values:
    """Return the means [1000, *parts] of values [n, *parts] over rows drawn with replacement.

    Two arrays of equally many rows are resampled alike, so that their difference or ratio is
    resampled jointly. Memory: 1000 numbers for each part; where there are many parts and only
    their percentiles are wanted, `intervals` needs less.
    """
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    return (resampling(len(values)) @ flat).reshape(RESAMPLES, *values.shape[1:])


def resampled_over_draws(values: Values, stream: int = 1) -> Values:
    """Return the means [1000] of values [draws, n] over draws and rows drawn with replacement.

    Rows are resampled as `resampled_means` does; draws apart for each `stream`, so that two
    random quantities of as many draws stay independent.
    """
    draws, n = values.shape
    both = (resampling(draws, stream) @ values) * resampling(n)
    return np.asarray(both.sum(1))


@lru_cache(maxsize=4)  # the same at every move of the slider; 16 MB for 2,000 rows
def resampling(count: int, stream: int = 0) -> Values:
    """Return how much each of `count` things counts in each resample [1000, count].

    The same every time for a count and a stream: what is resampled with it is resampled jointly.
    """
    generator = np.random.default_rng((_SEED, stream) if stream else _SEED)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    shares: Values = drawn / count
    shares.flags.writeable = False
    return shares


def interval(resamples: Values) -> tuple[float, float]:
    """Return the 2.5th and 97.5th percentile of one number's resamples."""
    low, high = np.percentile(resamples, _LEVELS)
    return float(low), float(high)


def intervals(values: Values) -> tuple[Values, Values]:
    """Return the 95 % interval [*parts] of the mean of values [n, *parts] over rows.

    Memory is bounded however many parts there are: 4,096 of them are resampled at a time.
    """
    n, parts = len(values), values.shape[1:]
    flat, shares = values.reshape(n, math.prod(parts)), resampling(n)
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
