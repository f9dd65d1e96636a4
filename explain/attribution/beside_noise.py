"""What a change of reasons is beside noise: fall, share of the range, and the verdict on them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.attribution.band import FEWEST_ROWS
from explain.core.explanation import DriftVerdict
from explain.core.intervals import (
    ANYWHERE,
    SHARE,
    ErrorSource,
    Measurement,
    disturbed,
    half_width_of,
    mean_of,
    source_of,
)
from explain.core.messages import Message

LEAST_RANGE = 0.05
"""The ceiling must stand so far above the floor, else the method cannot tell networks apart."""

MARGIN = 0.1
"""A fall below the ceiling that is surely less than this share of the range counts as none."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BesideNoise:
    """The overlaps of the rows that two networks decide alike, and those of noise on the same rows.

    `overlaps` [n] of the other network; `floors`, `ceilings` [draws, n]. `shared`: whether a draw
    of noise moves all rows alike, as that of word vectors does; the other network, which moves
    them all too, is then held against one draw more, not against the mean of all.
    """

    overlaps: Values
    floors: Values
    ceilings: Values
    shared: bool

    def fall(self) -> Measurement:
        """Return how far the overlap lies below the ceiling, paired row by row."""
        return self._measured("fall", Message("how.fall"), (-1.0, 0.0, 1.0))

    def rescaled(self) -> Measurement:
        """Return (overlap - floor) / (ceiling - floor), cut to 0..1.

        NaN where that range is not clear of 0. The interval follows the ratio's slopes.
        """
        n, how = len(self.overlaps), Message("how.rescaled")
        if not self.tells_apart():
            return Measurement(key="rescaled", value=math.nan, unit="share", n=n, how=how)
        floor, reach = self.floors.mean(), self.ceilings.mean() - self.floors.mean()
        share = float((self.overlaps.mean() - floor) / reach)
        slopes = (1 / reach, (share - 1) / reach, -share / reach)
        value = float(np.clip(share, *SHARE))
        return self._measured("rescaled", how, slopes, value=value, within=SHARE)

    def tells_apart(self) -> bool:
        """Return whether the method gives networks without training away, beyond doubt."""
        if len(self.overlaps) < 2:
            return False
        reach = self.ceilings.mean() - self.floors.mean()
        return bool(reach - half_width_of(*self._sources(0.0, -1.0, 1.0)) > LEAST_RANGE)

    def verdict(self) -> DriftVerdict:
        """Return the verdict; bounds that are not finite tell nothing."""
        if len(self.overlaps) < FEWEST_ROWS or not self.tells_apart():
            return DriftVerdict.UNCLEAR
        fall = self.fall()
        if fall.low is None or fall.high is None or not math.isfinite(fall.low + fall.high):
            return DriftVerdict.UNCLEAR
        if fall.low > 0:
            return DriftVerdict.OUTSIDE
        margin = MARGIN * (self.ceilings.mean() - self.floors.mean())
        surely = fall.high < margin or fall.value <= 0
        return DriftVerdict.INSIDE if surely else DriftVerdict.UNCLEAR

    def _measured(
        self,
        key: str,
        how: Message,
        slopes: tuple[float, float, float],
        *,
        value: float | None = None,
        within: tuple[float, float] = ANYWHERE,
    ) -> Measurement:
        """Return a measurement that changes by `slopes` with overlap, floor and ceiling."""
        n = len(self.overlaps)
        sources = self._sources(*slopes) if n > 1 else ()
        found = math.nan if n < 2 else self._rows(*slopes).mean() if value is None else value
        return disturbed(
            key,
            float(found),
            n,
            Message("how.over_noise_and_rows", how=how),
            sources,
            within,
        )

    def _rows(self, overlap: float, floor: float, ceiling: float) -> Values:
        """Return the weighted sum of the three, row by row [n]."""
        noise = floor * self.floors.mean(0) + ceiling * self.ceilings.mean(0)
        return np.asarray(overlap * self.overlaps + noise)

    def _sources(self, overlap: float, floor: float, ceiling: float) -> tuple[ErrorSource, ...]:
        """Return the errors of that sum: of rows, of random networks, of noise common to rows."""
        rows = source_of(self._rows(overlap, floor, ceiling))
        networks = source_of(self.floors.mean(1)).times(floor**2)
        if not self.shared:
            return rows, networks
        draws = len(self.ceilings)
        noise = source_of(self.ceilings.mean(1)).times(ceiling**2 + draws * overlap**2)
        return rows, networks, noise


def beyond_retraining(overlaps: Values, seeds: Values | None) -> Measurement | None:
    """Return how much more overlap one second training keeps, paired row by row.

    `seeds` [n]: its overlaps, NaN on rows that it decides otherwise, which are left out. None where
    there is no second training.
    """
    if seeds is None:
        return None
    known = ~np.isnan(seeds)
    how = Message("how.beyond_retraining")
    return mean_of("beyond_retraining", seeds[known] - overlaps[known], how)


def beside_retraining(verdict: DriftVerdict, more: Measurement | None) -> DriftVerdict:
    """Return the rung of the ladder: outside the noise, a second training is the next measure.

    `more`: what `beyond_retraining` returns.
    """
    if verdict is not DriftVerdict.OUTSIDE or more is None or more.low is None:
        return verdict
    return DriftVerdict.MORE_THAN_RETRAINING if more.low > 0 else DriftVerdict.LIKE_RETRAINING
