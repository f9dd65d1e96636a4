"""localisation_claim: does pruning make feature maps more localised? A test, not a story."""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.bootstrap import mean_of
from explain.core.errors import Refused
from explain.core.measurement import Measurement
from explain.core.provenance import Provenance, versions
from explain.core.subject import Samples, Subject
from explain.features.localisation import area_holding, energy_on, inside_energy
from explain.features.maps import heat_maps
from explain.features.passes import largest_outputs
from explain.features.receptive import check_position
from explain.features.rows import spread_rows

__all__ = ["CLAIM_ROWS", "Claim", "Measure", "Verdict", "localisation_claim"]

CLAIM_ROWS = 256
"""Rows compared, at most, by default."""

_FEWEST = 10
_ROUNDING = 1e-12

Verdict = Literal[
    "more localised",
    "more localised, but no more than the controls",
    "more localised, without a control",
    "no difference",
    "less localised",
    "not comparable",
]

Measure = Literal["inside_energy", "a80"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of the claim that pruning localises the feature maps of a layer.

    `measure` is "inside_energy" where there is pixel truth (more is more localised), else "a80"
    (less is). `rows` [n] were compared. `scores`: "dense", "pruned" and the names of the controls
    -> their number per row [n], NaN where a map had no energy; `means` of these with 95 %
    intervals. `gains`: name -> how much more localised the pruned network is than that one,
    paired over rows with 95 % intervals, above 0 in favour of the claim whichever the measure.
    `left_out`: controls that the verdict does not count, for their accuracy or for want of maps.
    """

    layer: str
    measure: Measure
    rows: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float64]]
    means: Mapping[str, Measurement]
    gains: Mapping[str, Measurement]
    accuracies: Mapping[str, float]
    left_out: tuple[str, ...]
    verdict: Verdict
    sentence: str
    provenance: Provenance


def localisation_claim(
    dense: Subject,
    pruned: Subject,
    controls: Mapping[str, Subject],
    layer: str,
    accuracies: Mapping[str, float],
    *,
    rows: NDArray[np.int64] | None = None,
    tolerance: float = 0.02,
    any_accuracy: Collection[str] = ("untrained",),
) -> Claim:
    """Test whether the maps of a layer became more localised by pruning.

    The map of a sample is Σ over channels of activation · ∂output/∂activation for the output
    that the dense network decides for, the same in all networks; its number is the energy inside
    the pixel truth, or, where there is none, the area that holds 80 % of the energy.

    The verdict comes from intervals alone. "more localised" needs a gain over the dense network
    *and* over every control whose whole interval lies above 0 (all must hold, so that several
    comparisons need no correction). A network that lost more accuracy than the tolerance is "not
    comparable": on ruined networks such numbers improve for nothing.

    Args:
        dense: the network before; gives the samples.
        pruned: the network after.
        controls: name -> what the effect must beat: random pruning at the same accuracy, a second
            training with another seed, an untrained network.
        layer: one whose units have feature maps.
        accuracies: metric 0..1 (more is better) of "dense", "pruned" and every control, on the
            samples.
        rows: held-out rows to compare, by default 256 spread evenly. Where there is pixel truth,
            rows with an empty or a full mask say nothing and are left out.
        tolerance: the loss of accuracy that still compares; a control whose accuracy is further
            than that from the pruned network's is shown but not counted.
        any_accuracy: controls that count whatever their accuracy is.

    Cost: one forward and one backward pass over the rows for each network, one more forward pass
    of the dense one.

    Raises:
        UnknownKey: no such layer.
        Refused: no feature maps of an image, an accuracy is missing, or fewer than 10 rows of a
            network that kept its accuracy.
    """
    started = time.perf_counter()
    subjects = {"dense": dense, "pruned": pruned, **controls}
    _check(subjects, layer, accuracies)
    chosen = _rows(dense, rows)
    scores = _scores(subjects, layer, chosen)
    measure: Measure = "a80" if dense.samples.masks is None else "inside_energy"
    sign = 1.0 if measure == "inside_energy" else -1.0
    gains = {
        name: _mean("gain", sign * (scores["pruned"] - values))
        for name, values in scores.items()
        if name != "pruned"
    }
    near = _near(accuracies, tolerance, any_accuracy)
    counted = tuple(name for name in controls if name in near and gains[name].n >= _FEWEST)
    lost = accuracies["dense"] - accuracies["pruned"]
    verdict = _verdict(gains, counted, ruined=lost > tolerance + _ROUNDING)
    means = {name: _mean(measure, values) for name, values in scores.items()}
    return Claim(
        layer=layer,
        measure=measure,
        rows=chosen,
        scores=scores,
        means=means,
        gains=gains,
        accuracies={name: accuracies[name] for name in subjects},
        left_out=tuple(name for name in controls if name not in counted),
        verdict=verdict,
        sentence=_sentence(verdict, layer, means["pruned"], gains, lost),
        provenance=_provenance(pruned, time.perf_counter() - started),
    )


def _check(subjects: Mapping[str, Subject], layer: str, accuracies: Mapping[str, float]) -> None:
    for name, subject in subjects.items():
        check_position(subject, layer, (0, 0))
        if name not in accuracies:
            raise Refused(
                f"The accuracy of {name!r} is missing.",
                hint="Localisation means nothing without it: measure every network first.",
            )


def _rows(dense: Subject, rows: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Return the rows to compare, only those with a mask that says something."""
    chosen = np.arange(dense.samples.count, dtype=np.int64) if rows is None else rows
    if dense.samples.masks is not None:
        shares = dense.samples.masks.double().flatten(1).mean(1).numpy()[chosen]
        chosen = chosen[(shares > 0) & (shares < 1)]
    return chosen[spread_rows(len(chosen), CLAIM_ROWS)] if rows is None else chosen


def _scores(
    subjects: Mapping[str, Subject], layer: str, rows: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    samples = subjects["dense"].samples.take(rows)
    if not samples.count:
        return {name: np.empty(0) for name in subjects}
    targets = largest_outputs(subjects["dense"], samples)
    return {name: _of_rows(subject, layer, samples, targets) for name, subject in subjects.items()}


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
    return mean_of(key, values[np.isfinite(values)], "mean over held-out rows")


def _near(
    accuracies: Mapping[str, float], tolerance: float, any_accuracy: Collection[str]
) -> frozenset[str]:
    """Return the networks about as accurate as the pruned one, and those that need not be."""
    return frozenset(
        name
        for name, accuracy in accuracies.items()
        if name in any_accuracy or abs(accuracy - accuracies["pruned"]) <= tolerance + _ROUNDING
    )


def _verdict(gains: Mapping[str, Measurement], counted: Sequence[str], *, ruined: bool) -> Verdict:
    own = gains["dense"]
    if ruined:
        return "not comparable"
    if own.n < _FEWEST:
        raise Refused(
            f"Only {own.n} samples can be compared.",
            hint=f"At least {_FEWEST} are needed, with pixel truth that is neither empty nor full.",
        )
    if _high(own) < 0:
        return "less localised"
    if _low(own) <= 0:
        return "no difference"
    if not counted:
        return "more localised, without a control"
    beaten = all(_low(gains[name]) > 0 for name in counted)
    return "more localised" if beaten else "more localised, but no more than the controls"


def _low(found: Measurement) -> float:
    return math.nan if found.low is None else found.low


def _high(found: Measurement) -> float:
    return math.nan if found.high is None else found.high


def _sentence(
    verdict: Verdict,
    layer: str,
    pruned: Measurement,
    gains: Mapping[str, Measurement],
    lost: float,
) -> str:
    if verdict == "not comparable":
        return (
            f"Not comparable: the network lost {100 * lost:.1f} points of accuracy, and on ruined "
            "networks such numbers improve for nothing."
        )
    what = "energy inside the truth" if pruned.key == "inside_energy" else "area of 80 % energy"
    beside = "; ".join(
        f"over {name} {100 * gain.value:+.1f} points "
        f"[{100 * _low(gain):+.1f}, {100 * _high(gain):+.1f}]"
        for name, gain in gains.items()
    )
    return (
        f"{layer}: {verdict}. Mean {what} of the pruned network {100 * pruned.value:.1f} % "
        f"(n = {pruned.n}); gain {beside}."
    )


def _provenance(pruned: Subject, seconds: float) -> Provenance:
    return Provenance(
        subject=pruned.fingerprint,
        plan=pruned.pruned_by,
        seed=0,
        seconds=seconds,
        versions=versions(),
    )
