"""What was found about the reasons of networks, in sentences."""

import math

from explain.attribution import Deletion, Sanity
from explain.attribution.band import FEWEST_ROWS
from explain.attribution.sanity import DRAWS, THRESHOLD
from explain.core.explanation import Drift
from explain.core.messages import say
from explain.core.verdict import DriftVerdict
from explain.figures.wording import estimate


def drift_sentence(found: Drift) -> str:
    """Return whether the reasons changed beyond the method's own noise, and what says so."""
    flipped, alike = len(found.flipped), len(found.rows)
    left = say("reasons.left_out", flipped=flipped, rows=flipped + alike)
    if found.verdict is DriftVerdict.UNCLEAR:
        return f"{_why_unclear(found)} {left}"
    said = say(
        "reasons.outside" if found.verdict is DriftVerdict.OUTSIDE else "reasons.inside",
        overlap=estimate(found.overlap),
        n=alike,
        ceiling=found.ceiling.value,
        floor=found.floor.value,
        fall=estimate(found.fall),
    )
    more = [say("reasons.noise_moves_more")] if found.rescaled.value > 1 else []
    return " ".join([said, *more, left])


def _why_unclear(found: Drift) -> str:
    n = len(found.rows)
    if n < FEWEST_ROWS:
        return say("reasons.few_alike", n=n)
    if math.isnan(found.rescaled.value) and math.isfinite(found.fall.value):
        ceiling, floor = found.ceiling.value, found.floor.value
        return say("reasons.scarcely_tells", ceiling=ceiling, floor=floor)
    return say("reasons.in_between", n=n, fall=estimate(found.fall))


def sanity_sentence(found: Sanity) -> str:
    """Return whether the method sees the weights, and what says so."""
    if not found.spearmans:
        return say("reasons.nothing_to_initialise")
    constant, n = len(found.constant), len(found.rows)
    left = [say("reasons.constant", constant=constant, rows=constant + n)]
    if n < FEWEST_ROWS:
        return " ".join([say("reasons.few_maps", n=n), *left])
    said = say(
        "reasons.sanity",
        verdict=found.verdict,
        draws=DRAWS,
        correlation=estimate(found.spearmans[-1]),
        n=n,
        line=THRESHOLD,
    )
    return " ".join([said, *(left if constant else [])])


def lift_sentence(found: Deletion) -> str:
    """Return by how much the order of the parts beats random orders, in both directions."""
    gone, there = found.deletion_lift, found.insertion_lift
    return say("reasons.lifts", n=gone.n, gone=estimate(gone), there=estimate(there))
