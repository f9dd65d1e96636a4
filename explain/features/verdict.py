"""What the gains of a pruned network say about the claim that pruning localises its maps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from explain.core.errors import Refused
from explain.core.measurement import Measurement

__all__ = ["FEWEST", "Evidence", "Verdict", "said", "verdict_of"]

FEWEST = 10
"""Maps compared, at least, before a gain counts."""

Verdict = Literal[
    "more localised",
    "more localised, but not in another training",
    "more localised, but no more than the controls",
    "more localised, without a control",
    "no difference",
    "less localised",
    "not comparable",
]

_INDEPENDENT = (
    "Rows are drawn one by one, as if independent: where several come from one picture or one "
    "person, the intervals are too narrow."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict rests on.

    `gains`: "dense" and the controls -> how much more localised the pruned network is than that.
    `counted`: the controls that the verdict counts; `matched`: those of them that are about as
    accurate as the pruned network. `replications`: name -> gain of another training's pruned
    network over its own dense one; `ruined_replications`: those that lost too much accuracy.
    `lost`: accuracy lost by pruning; `ruined`: more than is tolerated. `left_out`: control -> why.
    """

    gains: Mapping[str, Measurement]
    counted: tuple[str, ...]
    matched: tuple[str, ...]
    replications: Mapping[str, Measurement]
    ruined_replications: tuple[str, ...]
    left_out: Mapping[str, str]
    lost: float
    ruined: bool


def verdict_of(found: Evidence) -> Verdict:
    """Return the verdict, from whole intervals alone.

    Raises:
        Refused: fewer than 10 rows of a network that kept its accuracy.
    """
    own = found.gains["dense"]
    if found.ruined:
        return "not comparable"
    if own.n < FEWEST:
        raise Refused(
            f"Only {own.n} samples can be compared.",
            hint=f"At least {FEWEST} are needed, with pixel truth that is neither empty nor full.",
        )
    if _high(own) < 0:
        return "less localised"
    return _credited(found) if _low(own) > 0 else "no difference"


def _credited(found: Evidence) -> Verdict:
    """Return how far a gain over the dense network is the doing of this pruning."""
    if not all(_low(found.gains[name]) > 0 for name in found.counted):
        return "more localised, but no more than the controls"
    if not found.matched:
        return "more localised, without a control"
    if not all(_repeated(found, name) for name in found.replications):
        return "more localised, but not in another training"
    return "more localised"


def _repeated(found: Evidence, name: str) -> bool:
    gain = found.replications[name]
    return name not in found.ruined_replications and gain.n >= FEWEST and _low(gain) > 0


def said(found: Evidence, verdict: Verdict, layer: str, pruned: Measurement) -> str:
    """Return the verdict in words; `pruned` is the mean of the pruned network."""
    if verdict == "not comparable":
        return (
            f"Not comparable: the network lost {100 * found.lost:.1f} points of accuracy, and on "
            "ruined networks such numbers improve for nothing."
        )
    what = "energy inside the truth" if pruned.key == "inside_energy" else "area of 80 % energy"
    mean = f"Mean {what} of the pruned network {100 * pruned.value:.1f} % (n = {pruned.n})"
    sentences = (
        f"{layer}: {verdict}.",
        f"{mean}; gain {_beside(found)}.",
        *(f"Not counted: {name}, {why}." for name, why in found.left_out.items()),
        _INDEPENDENT,
    )
    return " ".join(sentences)


def _beside(found: Evidence) -> str:
    over = [f"over {name} {_points(gain)}" for name, gain in found.gains.items() if gain.n > 1]
    again = [
        f"in the {name} over its own dense network {_points(gain)}{_ruin(found, name)}"
        for name, gain in found.replications.items()
    ]
    return "; ".join((*over, *again))


def _ruin(found: Evidence, name: str) -> str:
    return ", which lost too much accuracy to compare" if name in found.ruined_replications else ""


def _points(gain: Measurement) -> str:
    if gain.n < 2:
        return "unknown for want of maps"
    return f"{100 * gain.value:+.1f} points [{100 * _low(gain):+.1f}, {100 * _high(gain):+.1f}]"


def _low(found: Measurement) -> float:
    return math.nan if found.low is None else found.low


def _high(found: Measurement) -> float:
    return math.nan if found.high is None else found.high
