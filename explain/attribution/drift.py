"""drift: how far the reasons of two networks differ, beside what noise alone does to them."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from explain.attribution.amounts import integrated_gradients_at
from explain.attribution.band import (
    CEILING_STREAM,
    FEWEST_ROWS,
    FLOOR_STREAM,
    NoiseBand,
    ceiling_of,
    floor_of,
    noise_band,
)
from explain.attribution.explaining import explain_rows
from explain.attribution.similarity import overlap, sign_agreement, spearman, strongest, top_k
from explain.attribution.view import Explain
from explain.core.decisions import decisions, differ
from explain.core.errors import InvalidSubject
from explain.core.explanation import Drift, DriftVerdict
from explain.core.intervals import (
    Measurement,
    interval,
    mean_of,
    resampled_means,
    resampled_over_draws,
    share_measurement,
)
from explain.core.messages import Message
from explain.core.methods import NO_OPTIONS, Options
from explain.core.provenance import origin
from explain.core.resources import Progress, portions
from explain.core.subject import Subject

LEAST_RANGE = 0.05
"""The ceiling must stand so far above the floor, else the method cannot tell networks apart."""

MARGIN = 0.1
"""A fall below the ceiling that is surely less than this share of the range counts as none."""

_AT_ONCE = "integrated-gradients"

_OVERLAP, _SIGNS = Message("how.overlap"), Message("how.same_side")
_RANKS, _SEED = Message("how.ranks"), Message("how.second_training")

Values = NDArray[np.float64]


def drift(  # noqa: PLR0913 - what is asked, and how
    before: Subject,
    after: Subject,
    method: str,
    *,
    rows: NDArray[np.int64] | None = None,
    baseline: str | None = None,
    other_seed: Subject | None = None,
    options: Options = NO_OPTIONS,
    seed: int = 0,
    explain: Explain = explain_rows,
    band: NoiseBand | None = None,
    progress: Progress | None = None,
) -> Drift:
    """Return how far the explanations of two networks differ, and whether noise explains it.

    In both networks the output is explained that the first decides for. Rows that the second
    decides otherwise stand in `flipped` and in no mean. The verdict rests on the mean of
    (ceiling - overlap) over n rows, paired row by row, rows and noise draws resampled jointly for
    its 95 % interval. Outside the noise: the whole interval lies above 0; it is then
    `MORE_THAN_RETRAINING` where the overlap's interval lies below that of a second training,
    `LIKE_RETRAINING` where it does not, and `OUTSIDE` where there is no second training.
    `INSIDE`: the interval ends below 0.1 x (ceiling - floor), or the overlap reaches the ceiling.
    `UNCLEAR`: neither, or fewer than 8 rows decided alike, or a ceiling that does not clear the
    floor by 0.05 beyond doubt.

    Args:
        before: usually the dense subject.
        after: usually a pruned copy of it; it is asked about the first one's samples.
        method: key of an attribution method.
        rows: samples to explain; by default 64, the same every time, each class with its share.
        baseline: key of the baseline, by default the network's `usual_baseline`.
        other_seed: a second training of the first network.
        options: parameters of the method.
        seed: of input noise, random weights and the method's own draws.
        explain: called like `explain_rows`.
        band: a ready `noise_band` of the first network: then it says what is asked, and the six
            arguments above play no part.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: one explanation of every row; 8 to 10 with the noise band.

    Raises:
        InvalidSubject: no rows, or the band is another network's or another method's.
        What `explain` raises, and whatever `progress` raises.
    """
    started = time.perf_counter()
    jobs = portions(progress, 1 if band else 2)
    band = band or noise_band(
        before,
        method,
        rows=rows,
        baseline=baseline,
        other_seed=other_seed,
        options=options,
        seed=seed,
        explain=explain,
        progress=next(jobs),
    )
    _check_band(band, before, method)
    answer = band.question.ask(after, next(jobs), like=before)
    return _compared(before, after, band, band.dense.values, answer.values, started)


def drift_curve(
    before: Subject,
    afters: Sequence[Subject],
    band: NoiseBand,
    *,
    progress: Progress | None = None,
) -> tuple[Drift, ...]:
    """Return the drift to each of several networks, for a chart over amounts.

    Integrated Gradients run in all networks at once (`integrated_gradients_at`), the first network
    among them; every other method runs network by network. Each drift's own `floor` and `ceiling`
    rest on the rows that it kept; the band to draw behind a curve is `band.floor`, `band.ceiling`.

    Cost: one explanation of every row for each network.

    Raises:
        What `drift` raises.
    """
    _check_band(band, before, band.question.method)
    started = time.perf_counter()
    dense, answers = _answers(before, afters, band, progress)
    return tuple(
        _compared(before, after, band, dense, values, started)
        for after, values in zip(afters, answers, strict=True)
    )


def _answers(
    before: Subject, afters: Sequence[Subject], band: NoiseBand, progress: Progress | None
) -> tuple[Values, Sequence[Values]]:
    """Return the values [n, *parts] of the first network and of each other."""
    question = band.question
    if question.method != _AT_ONCE or question.explain is not explain_rows:
        jobs = portions(progress, len(afters))
        return band.dense.values, [
            question.ask(after, next(jobs), like=before).values for after in afters
        ]
    found = integrated_gradients_at(
        [before, *(replace(after, samples=before.samples) for after in afters)],
        question.rows,
        band.dense.targets,
        steps=int(band.dense.options["steps"]),
        baseline=question.baseline,
        progress=progress,
    )
    return found[0], list(found[1:])


def _check_band(band: NoiseBand, before: Subject, method: str) -> None:
    made_for = (band.question.method, band.provenance.subject, band.provenance.plan)
    if made_for != (method, before.fingerprint, before.pruned_by):
        raise InvalidSubject("attribution.other_band")


def _compared(
    before: Subject,
    after: Subject,
    band: NoiseBand,
    values: Values,
    others: Values,
    started: float,
) -> Drift:
    """Return the drift from what both networks answered for the band's rows."""
    decided = decisions(replace(after, samples=before.samples), band.rows)
    alike = ~differ(band.decisions, decided, before.task)
    kept, a, b = _kept(band, alike), values[alike], others[alike]
    overlaps = overlap(a, b)
    alike_by, retrained = mean_of("overlap", overlaps, _OVERLAP), _other_seed(kept.seeds)
    k = strongest(math.prod(values.shape[1:]))
    return Drift(
        method=band.question.method,
        baseline=band.question.baseline,
        rows=band.rows[alike],
        flipped=band.rows[~alike],
        overlaps=overlaps,
        overlap=alike_by,
        rescaled=_rescaled(overlaps, kept.floors, kept.ceilings),
        floor=floor_of(kept.floors),
        ceiling=ceiling_of(kept.ceilings),
        other_seed=retrained,
        other_baseline=_other_baseline(kept),
        sign_agreement=mean_of("sign_agreement", sign_agreement(a, b), _SIGNS),
        spearman=replace(mean_of("spearman", spearman(a, b), _RANKS), unit="correlation"),
        top_k=mean_of("top_k", top_k(a, b, k), Message("how.strongest", k=k)),
        strongest=k,
        fall=_fall(overlaps, kept.ceilings),
        verdict=_beside_retraining(
            _verdict(overlaps, kept.floors, kept.ceilings), alike_by, retrained
        ),
        provenance=origin(before, started, seed=band.question.seed, plan=after.pruned_by),
    )


def _kept(band: NoiseBand, alike: NDArray[np.bool_]) -> NoiseBand:
    """Return the overlaps of the band for some of its rows."""
    return replace(
        band,
        floors=band.floors[:, alike],
        ceilings=band.ceilings[:, alike],
        baselines=None if band.baselines is None else band.baselines[alike],
        seeds=None if band.seeds is None else band.seeds[alike],
    )


def _other_seed(seeds: Values | None) -> Measurement | None:
    if seeds is None:
        return None
    return mean_of("other_seed", seeds[~np.isnan(seeds)], _SEED)


def _other_baseline(band: NoiseBand) -> Measurement | None:
    if band.baselines is None:
        return None
    how = Message("how.from_baseline", baseline=band.other_baseline)
    return mean_of("other_baseline", band.baselines, how)


def _rescaled(overlaps: Values, floors: Values, ceilings: Values) -> Measurement:
    """Return (overlap - floor) / (ceiling - floor), NaN where that range is not clear of 0."""
    n, how = len(overlaps), Message("how.rescaled")
    if not _tells_apart(floors, ceilings):
        return Measurement(key="rescaled", value=math.nan, unit="share", n=n, how=how)
    floor, ceiling = floors.mean(), ceilings.mean()
    value = float((overlaps.mean() - floor) / (ceiling - floor))
    low, high = _floors(floors), _ceilings(ceilings)
    resamples = (resampled_means(overlaps) - low) / (high - low)
    return share_measurement("rescaled", value, resamples, n, how, draws=True)


def _floors(floors: Values) -> Values:
    return resampled_over_draws(floors, FLOOR_STREAM)


def _ceilings(ceilings: Values) -> Values:
    return resampled_over_draws(ceilings, CEILING_STREAM)


def _tells_apart(floors: Values, ceilings: Values) -> bool:
    """Return whether the method gives networks without training away, beyond doubt."""
    if floors.shape[1] < 2:
        return False
    low, _ = interval(_ceilings(ceilings) - _floors(floors))
    return low > LEAST_RANGE


def _fall(overlaps: Values, ceilings: Values) -> Measurement:
    """Return how far the overlap lies below the ceiling, paired row by row."""
    n, how = len(overlaps), Message("how.fall")
    if n < 2:
        return Measurement(key="fall", value=math.nan, unit="share", n=n, how=how)
    value = float(ceilings.mean() - overlaps.mean())
    resamples = _ceilings(ceilings) - resampled_means(overlaps)
    return share_measurement("fall", value, resamples, n, how, draws=True)


def _verdict(overlaps: Values, floors: Values, ceilings: Values) -> DriftVerdict:
    """Return the verdict; bounds that are not finite tell nothing."""
    if len(overlaps) < FEWEST_ROWS or not _tells_apart(floors, ceilings):
        return DriftVerdict.UNCLEAR
    fall = _fall(overlaps, ceilings)
    if fall.low is None or fall.high is None or not math.isfinite(fall.low + fall.high):
        return DriftVerdict.UNCLEAR
    if fall.low > 0:
        return DriftVerdict.OUTSIDE
    margin = MARGIN * (ceilings.mean() - floors.mean())
    surely = fall.high < margin or fall.value <= 0
    return DriftVerdict.INSIDE if surely else DriftVerdict.UNCLEAR


def _beside_retraining(
    verdict: DriftVerdict, found: Measurement, retrained: Measurement | None
) -> DriftVerdict:
    """Return the rung of the ladder: outside the noise, a second training is the next measure."""
    if verdict is not DriftVerdict.OUTSIDE or retrained is None or retrained.low is None:
        return verdict
    if found.high is not None and found.high < retrained.low:
        return DriftVerdict.MORE_THAN_RETRAINING
    return DriftVerdict.LIKE_RETRAINING
