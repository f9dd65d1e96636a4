"""95 % intervals: by formula for shares, means and draws, by resampling rows for the rest."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

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

    Infinite for a single draw.
    """
    m = len(draws)
    if m < 2:
        return np.full(draws.shape[1:], math.inf)
    return np.asarray(_student(m - 1) * draws.std(0, ddof=1) / math.sqrt(m))


def _student(freedom: int) -> float:
    """Return Student's 97.5 % quantile, beyond 20 degrees by its first Cornish-Fisher term."""
    return _STUDENT[freedom - 1] if freedom <= FEW else _Z * (1 + (_Z**2 + 1) / (4 * freedom))


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorSource:
    """An independent source of error: the variance that it gives a mean, known to `freedom`."""

    variance: float
    freedom: int

    def times(self, factor: float) -> "ErrorSource":
        """Return the source of a mean that is so many times as variable."""
        return replace(self, variance=factor * self.variance)


def source_of(draws: Values) -> ErrorSource:
    """Return the error of the mean of independent draws [m]; of one draw it is infinite."""
    m = len(draws)
    variance = float(draws.var(ddof=1)) / m if m > 1 else math.inf
    return ErrorSource(variance=variance, freedom=max(1, m - 1))


def half_width_of(*sources: ErrorSource) -> float:
    """Return half the 95 % interval of a mean that several sources disturb.

    Student's t at the degrees of freedom of Welch and Satterthwaite, rounded down. Not finite
    where a variance is not.
    """
    total = sum(source.variance for source in sources)
    if not 0 < total < math.inf:
        return total
    known = sum(source.variance**2 / source.freedom for source in sources)
    return _student(max(1, int(total**2 / known))) * math.sqrt(total)


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


@lru_cache(maxsize=4)  # the same at every move of the slider; 16 MB for 2,000 rows
def resampling(count: int) -> Values:
    """Return how much each of `count` things counts in each resample [1000, count].

    The same every time for a count: what is resampled with it is resampled jointly.
    """
    shares: Values = _drawn(count) / count
    shares.flags.writeable = False
    return shares


@lru_cache(maxsize=24)  # drawing takes ten times as long as dividing; 4 MB for 2,000 rows
def _drawn(count: int) -> NDArray[np.unsignedinteger[Any]]:
    """Return how often each of `count` things is drawn in each resample [1000, count]."""
    generator = np.random.default_rng(_SEED)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    return drawn.astype(np.min_scalar_type(count))


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


ANYWHERE = (-math.inf, math.inf)
SHARE = (0.0, 1.0)
CORRELATION = (-1.0, 1.0)
"""Between which numbers a mean lies, and with it its interval."""


def mean_of(
    key: str, values: Values, how: Message, within: tuple[float, float] = ANYWHERE
) -> Measurement:
    """Return the mean of values [n] with Student's 95 % interval over rows.

    NaN for no rows; no interval for fewer than two, which say nothing about their spread.
    `within`: the interval is cut to what a mean can be.
    """
    value = float(values.mean()) if len(values) else math.nan
    how = Message("how.over_rows_by_t", how=how)
    return disturbed(key, value, len(values), how, (source_of(values),), within)


def mean_over_draws(
    key: str, values: Values, how: Message, within: tuple[float, float] = ANYWHERE
) -> Measurement:
    """Return the mean of values [draws, n] with a 95 % interval over random draws and rows.

    Both are sources of error: a draw moves all rows, a row all draws. NaN for no rows; no interval
    for fewer than two.
    """
    n = values.shape[1]
    value = float(values.mean()) if n else math.nan
    sources = (source_of(values.mean(1)), source_of(values.mean(0))) if n else ()
    return disturbed(key, value, n, Message("how.over_draws_and_rows", how=how), sources, within)


def disturbed(
    key: str,
    value: float,
    n: int,
    how: Message,
    sources: Sequence[ErrorSource],
    within: tuple[float, float] = ANYWHERE,
) -> Measurement:
    """Return a share with the interval that its sources of error leave, none below two rows."""
    if n < 2:
        return Measurement(key=key, value=value, unit="share", n=n, how=how)
    half = half_width_of(*sources)
    low, high = (float(np.clip(end, *within)) for end in (value - half, value + half))
    return Measurement(key=key, value=value, unit="share", n=n, how=how, low=low, high=high)
