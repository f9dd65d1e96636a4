"""Localisation in numbers: one sample in two networks, and the claim over many."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explain.core.explanation import ClaimVerdict
from explain.core.intervals import Measurement
from explain.core.messages import count, number, say, share
from explain.features import Claim
from explain.features.claim import FEWEST

_METRICS = ("inside_energy", "lift", "pointing_game", "a80", "hoyer", "gini")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalisationRow:
    """One number of one sample's map in both networks, as text."""

    name: str
    reading: str
    dense: str
    pruned: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One network of the test: its mean, the gain of the pruned one over it, its accuracy."""

    name: str
    mean: str
    gain: str
    accuracy: str
    counts: str


def localisation_rows(
    dense: Sequence[Measurement], pruned: Sequence[Measurement]
) -> tuple[LocalisationRow, ...]:
    """Return the numbers of two maps side by side; "–" where a map has no energy."""
    first, second = ({m.key: m for m in found} for found in (dense, pruned))
    return tuple(
        LocalisationRow(
            name=say("figures.localised.metric", metric=key),
            reading=say("figures.localised.reading", metric=key),
            dense=_text(first.get(key)),
            pruned=_text(second.get(key)),
        )
        for key in _METRICS
        if key in first or key in second
    )


def _text(found: Measurement | None) -> str:
    if found is None or math.isnan(found.value):
        return "–"
    if found.unit == "hit":
        return say("figures.localised.hit" if found.value else "figures.localised.miss")
    return share(found.value) if found.unit == "share" else number(found.value)


def claim_rows(found: Claim) -> tuple[ClaimRow, ...]:
    """Return the networks of a tested claim: pruned and dense first, then the rest."""
    names = ["pruned", "dense", *(n for n in found.scores if n not in {"pruned", "dense"})]
    return tuple(
        ClaimRow(
            name=_named(name),
            mean=f"{_interval(found.means[name])}, n = {count(found.means[name].n)}",
            gain=_gain(found, name),
            accuracy=share(found.accuracies[name]),
            counts=_counts(found, name),
        )
        for name in names
    )


def _named(name: str) -> str:
    own, _, side = name.rpartition(", ")
    if own and side in {"dense", "pruned"}:
        return say("figures.localised.again", network=side, name=own)
    return say("figures.localised.network", network=name, name=name)


def _interval(measured: Measurement) -> str:
    if measured.low is None or measured.high is None:
        return _text(measured)
    return f"{share(measured.value)} [{share(measured.low)}, {share(measured.high)}]"


def _gain(found: Claim, name: str) -> str:
    """Return the gain of the pruned network over one; in a replication, of its own pruned one."""
    again = {f"{own}, dense": gain for own, gain in found.replications.items()}
    gains = {**found.gains, **again}
    return _points(gains[name]) if name in gains else ""


def _points(measured: Measurement) -> str:
    if math.isnan(measured.value):
        return "–"
    low, high = (math.nan if end is None else end for end in (measured.low, measured.high))
    return say("claim.points", gain=measured.value, low=low, high=high)


def _counts(found: Claim, name: str) -> str:
    if name not in found.gains or name == "dense":
        counted = name.removesuffix(", dense") in found.replications
        return say("figures.localised.counted") if counted else ""
    left_out = name in found.left_out
    return say("figures.localised.shown_counted" if left_out else "figures.localised.counted")


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
            yield say("claim.over", name=_named(name), gain=_in_points(gain))
    for name, gain in found.replications.items():
        ruined = name in found.ruined_replications
        yield say("claim.ruined" if ruined else "claim.again", name=name, gain=_in_points(gain))


def _not_counted(found: Claim) -> Iterator[str]:
    for name in found.left_out:
        n = found.gains[name].n
        if n < FEWEST:
            yield say("claim.few_maps", name=_named(name), n=n)
        else:
            reach = found.accuracies["pruned"]
            yield say(
                "claim.other_accuracy",
                name=_named(name),
                accuracy=found.accuracies[name],
                reach=reach,
            )


def _in_points(gain: Measurement) -> str:
    if gain.n < 2:
        return say("claim.no_maps")
    return _points(gain)
