"""What the gains of a pruned network say about the claim that pruning localises its maps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from explain.core.errors import Refused
from explain.core.measurement import Measurement
from explain.core.verdict import ClaimVerdict

FEWEST = 10
"""Maps compared, at least, before a gain counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict rests on.

    `gains`: "dense" and the controls -> how much more localised the pruned network is than that.
    `counted`: the controls that the verdict counts; `matched`: those of them that are about as
    accurate as the pruned network. `replications`: name -> gain of another training's pruned
    network over its own dense one; `ruined_replications`: those that lost too much accuracy.
    `ruined`: pruning lost more accuracy than is tolerated.
    """

    gains: Mapping[str, Measurement]
    counted: tuple[str, ...]
    matched: tuple[str, ...]
    replications: Mapping[str, Measurement]
    ruined_replications: tuple[str, ...]
    ruined: bool


def verdict_of(found: Evidence) -> ClaimVerdict:
    """Return the verdict, from whole intervals alone.

    Raises:
        Refused: fewer than 10 rows of a network that kept its accuracy.
    """
    own = found.gains["dense"]
    if found.ruined:
        return ClaimVerdict.INCOMPARABLE
    if own.n < FEWEST:
        raise Refused("features.few_samples", n=own.n, fewest=FEWEST)
    if _high(own) < 0:
        return ClaimVerdict.LESS
    return _credited(found) if _low(own) > 0 else ClaimVerdict.SAME


def _credited(found: Evidence) -> ClaimVerdict:
    """Return how far a gain over the dense network is the doing of this pruning."""
    if not all(_low(found.gains[name]) > 0 for name in found.counted):
        return ClaimVerdict.MORE_LIKE_CONTROLS
    if not found.matched:
        return ClaimVerdict.MORE_WITHOUT_CONTROL
    if not all(_repeated(found, name) for name in found.replications):
        return ClaimVerdict.MORE_HERE
    return ClaimVerdict.MORE


def _repeated(found: Evidence, name: str) -> bool:
    gain = found.replications[name]
    return name not in found.ruined_replications and gain.n >= FEWEST and _low(gain) > 0


def _low(found: Measurement) -> float:
    return math.nan if found.low is None else found.low


def _high(found: Measurement) -> float:
    return math.nan if found.high is None else found.high
