"""What became of the claim that pruning localises feature maps, in sentences."""

import math
from collections.abc import Iterator

from explain.core.measurement import Measurement
from explain.core.messages import say
from explain.core.verdict import ClaimVerdict
from explain.features import Claim
from explain.features.verdict import FEWEST


def claim_sentences(found: Claim) -> tuple[str, ...]:
    """Return the verdict and then, where networks can be compared, the numbers behind it."""
    lost = 100 * (found.accuracies["dense"] - found.accuracies["pruned"])
    verdict = say("claim.verdict", verdict=found.verdict, layer=found.layer, lost=lost)
    if found.verdict is ClaimVerdict.INCOMPARABLE:
        return (verdict,)
    pruned = found.means["pruned"]
    gains = list(_gains(found))
    mean = say("claim.mean", measure=found.measure, mean=pruned.value, n=pruned.n, gains=gains)
    return verdict, mean, *_not_counted(found), say("claim.independent")


def _gains(found: Claim) -> Iterator[str]:
    for name, gain in found.gains.items():
        if gain.n > 1:
            yield say("claim.over", name=name, gain=_points(gain))
    for name, gain in found.replications.items():
        ruined = name in found.ruined_replications
        yield say("claim.ruined" if ruined else "claim.again", name=name, gain=_points(gain))


def _not_counted(found: Claim) -> Iterator[str]:
    for name in found.left_out:
        n = found.gains[name].n
        if n < FEWEST:
            yield say("claim.few_maps", name=name, n=n)
        else:
            reach = found.accuracies["pruned"]
            yield say(
                "claim.other_accuracy", name=name, accuracy=found.accuracies[name], reach=reach
            )


def _points(gain: Measurement) -> str:
    if gain.n < 2:
        return say("claim.no_maps")
    low, high = (100 * (math.nan if end is None else end) for end in (gain.low, gain.high))
    return say("claim.points", gain=100 * gain.value, low=low, high=high)
