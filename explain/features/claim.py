"""localisation_claim: does pruning make feature maps more local? Its test and its verdict."""

import math
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.decisions import largest_outputs
from explain.core.errors import Refused
from explain.core.explanation import ClaimVerdict
from explain.core.intervals import Measurement, mean_of
from explain.core.messages import Message
from explain.core.provenance import Provenance, origin
from explain.core.resources import Progress, counted
from explain.core.subject import Samples, Subject, check_rows, spread_rows
from explain.features.fields import check_position
from explain.features.localisation import area_holding, energy_on, inside_energy
from explain.features.maps import heat_maps

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


CLAIM_ROWS = 256
"""Rows compared, at most, by default."""

_ROUNDING = 1e-12
_HOW = Message("how.as_if_independent")
_NO_REPLICATIONS: Mapping[str, tuple[Subject, Subject]] = MappingProxyType({})

Measure = Literal["inside_energy", "a80"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of the claim that pruning localises the feature maps of a layer.

    `measure` is "inside_energy" where there is pixel truth (more is more localised), else "a80"
    (less is). `rows` [n] were compared. `scores`: "dense", "pruned", the names of the controls and
    "NAME, dense" and "NAME, pruned" of each replication -> their number per row [n], NaN where a
    map had no energy; `means` of these with 95 % intervals. `gains`: "dense" and the controls ->
    how much more localised the pruned network is than that one, paired over rows with 95 %
    intervals, above 0 in favour of the claim whichever the measure. `replications`: name -> the
    gain of that training's pruned network over its own dense one. `left_out`: controls that the
    verdict does not count, for their accuracy or for want of maps; `ruined_replications` lost too
    much accuracy to confirm anything.
    """

    layer: str
    measure: Measure
    rows: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float64]]
    means: Mapping[str, Measurement]
    gains: Mapping[str, Measurement]
    replications: Mapping[str, Measurement]
    accuracies: Mapping[str, float]
    left_out: tuple[str, ...]
    ruined_replications: tuple[str, ...]
    verdict: ClaimVerdict
    provenance: Provenance


def localisation_claim(  # noqa: PLR0913 - what is compared, and how
    dense: Subject,
    pruned: Subject,
    controls: Mapping[str, Subject],
    layer: str,
    accuracies: Mapping[str, float],
    *,
    replications: Mapping[str, tuple[Subject, Subject]] = _NO_REPLICATIONS,
    rows: NDArray[np.int64] | None = None,
    tolerance: float = 0.02,
    any_accuracy: Collection[str] = ("untrained",),
    progress: Progress | None = None,
) -> Claim:
    """Test whether the maps of a layer became more localised by pruning.

    The map of a sample is Σ over channels of activation · ∂output/∂activation for the output
    that the dense network decides for, the same in all networks; its number is the energy inside
    the pixel truth, or, where there is none, the area that holds 80 % of the energy.

    The verdict comes from intervals alone. `MORE` needs a gain over the dense network
    *and* over every control that counts, one about as accurate as the pruned network among them,
    *and* the same gain over its dense network in every replication: each whole interval above 0
    (all must hold, so that several comparisons need no correction). A network that lost more
    accuracy than the tolerance is `INCOMPARABLE`, and a replication that did confirms nothing: on
    ruined networks such numbers improve for nothing. The intervals draw rows one by
    one: where several rows come from one picture or one person, they are too narrow.

    Args:
        dense: the network before; gives the samples.
        pruned: the network after.
        controls: name -> what the effect must beat: random pruning at the same accuracy, an
            untrained network.
        layer: one whose units have feature maps.
        accuracies: metric 0..1 (more is better) on the samples of "dense", "pruned", every
            control, and "NAME, dense" and "NAME, pruned" of every replication.
        replications: name -> another training, dense and pruned by the same plan.
        rows: held-out rows to compare, by default 256 spread evenly. Where there is pixel truth,
            rows with an empty or a full mask say nothing and are left out.
        tolerance: the loss of accuracy that still compares; a control whose accuracy is further
            than that from the pruned network's is shown but not counted.
        any_accuracy: controls that count whatever their accuracy is, but are no control at the
            same accuracy.
        progress: called with the share done, 0..1, after every network; may raise to cancel.

    Cost: one forward and one backward pass over the rows for each network, one more forward pass
    of the dense one.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: no such row.
        Refused: no feature maps of an image, an accuracy that is missing or no number, or fewer
            than 10 rows of a network that kept its accuracy.
        Whatever `progress` raises.
    """
    started = time.perf_counter()
    subjects = {"dense": dense, "pruned": pruned, **controls, **_flat(replications)}
    check_claim(subjects, layer, accuracies, rows=rows)
    chosen = _rows(dense, rows)
    scores = _scores(subjects, layer, chosen, progress)
    measure: Measure = "a80" if dense.samples.masks is None else "inside_energy"
    means = {name: _mean(measure, values) for name, values in scores.items()}
    sign = 1.0 if measure == "inside_energy" else -1.0
    gains = {n: _gain(sign, scores[n], scores["pruned"]) for n in ("dense", *controls)}
    again = {n: _gain(sign, scores[f"{n}, dense"], scores[f"{n}, pruned"]) for n in replications}
    evidence = _evidence(gains, again, accuracies, tolerance, any_accuracy)
    return Claim(
        layer=layer,
        measure=measure,
        rows=chosen,
        scores=scores,
        means=means,
        gains=gains,
        replications=again,
        accuracies={name: accuracies[name] for name in subjects},
        left_out=tuple(n for n in controls if n not in evidence.counted),
        ruined_replications=evidence.ruined_replications,
        verdict=verdict_of(evidence),
        provenance=origin(pruned, started),
    )


def check_claim(
    subjects: Mapping[str, Subject],
    layer: str,
    accuracies: Mapping[str, float],
    *,
    rows: NDArray[np.int64] | None = None,
) -> None:
    """Refuse what `localisation_claim` cannot compare. Cost: no pass.

    `subjects`: name -> network, "dense" among them gives the samples; `accuracies` of each.

    Raises:
        UnknownKey, InvalidSubject, Refused: as `localisation_claim`.
    """
    if rows is not None:
        check_rows(subjects["dense"].samples, rows)
    for name, subject in subjects.items():
        check_position(subject, layer, (0, 0))
        if not math.isfinite(accuracies.get(name, math.nan)):
            raise Refused("features.no_accuracy", name=name)


def _flat(replications: Mapping[str, tuple[Subject, Subject]]) -> dict[str, Subject]:
    return {
        f"{name}, {stage}": subject
        for name, pair in replications.items()
        for stage, subject in zip(("dense", "pruned"), pair, strict=True)
    }


def _rows(dense: Subject, rows: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return the rows to compare, only those with a mask that says something."""
    chosen = np.arange(dense.samples.count, dtype=np.int64) if rows is None else rows
    if dense.samples.masks is not None:
        shares = dense.samples.masks.double().flatten(1).mean(1).numpy()[chosen]
        chosen = chosen[(shares > 0) & (shares < 1)]
    return chosen[spread_rows(len(chosen), CLAIM_ROWS)] if rows is None else chosen


def _scores(
    subjects: Mapping[str, Subject],
    layer: str,
    rows: NDArray[np.int64],
    progress: Progress | None,
) -> dict[str, NDArray[np.float64]]:
    dense = subjects["dense"]
    samples = dense.samples.take(rows)
    if not samples.count:
        return {name: np.empty(0) for name in subjects}
    targets = largest_outputs(dense, dense.samples, rows)
    found = {}
    for name in counted(tuple(subjects), progress):
        found[name] = _of_rows(subjects[name], layer, samples, targets)
    return found


def _of_rows(
    subject: Subject, layer: str, samples: Samples, targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the number of each row's map [n]; NaN where the map has no energy."""
    height, width = subject.spec.shape[-2:]
    heat = heat_maps(subject, layer, samples, targets)
    energies = [energy_on(one, (height, width)) for one in heat]
    if samples.masks is None:
        return np.array([area_holding(energy) for energy in energies])
    masks = samples.masks.bool().numpy()
    return np.array([inside_energy(e, mask) for e, mask in zip(energies, masks, strict=True)])


def _mean(key: str, values: NDArray[np.float64]) -> Measurement:
    return mean_of(key, values[np.isfinite(values)], _HOW)


def _gain(sign: float, before: NDArray[np.float64], after: NDArray[np.float64]) -> Measurement:
    return _mean("gain", sign * (after - before))


def _evidence(
    gains: Mapping[str, Measurement],
    replications: Mapping[str, Measurement],
    accuracies: Mapping[str, float],
    tolerance: float,
    any_accuracy: Collection[str],
) -> Evidence:
    reach, limit = accuracies["pruned"], tolerance + _ROUNDING
    lost = accuracies["dense"] - reach
    near = [n for n in gains if n != "dense" and abs(accuracies[n] - reach) <= limit]
    enough = [n for n, gain in gains.items() if n != "dense" and gain.n >= FEWEST]
    return Evidence(
        gains=gains,
        counted=tuple(n for n in enough if n in {*near, *any_accuracy}),
        matched=tuple(n for n in enough if n in near and n not in any_accuracy),
        replications=replications,
        ruined_replications=tuple(n for n in replications if _lost(accuracies, n) > limit),
        ruined=lost > limit,
    )


def _lost(accuracies: Mapping[str, float], replication: str) -> float:
    return accuracies[f"{replication}, dense"] - accuracies[f"{replication}, pruned"]
