"""drift: how far the reasons of two networks differ, beside what noise alone does to them."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explain.attribution.amounts import integrated_gradients_at
from explain.attribution.band import NoiseBand, ceiling_of, floor_of, noise_band
from explain.attribution.beside_noise import BesideNoise, beside_retraining, beyond_retraining
from explain.attribution.explaining import explain_rows
from explain.attribution.several_inputs import input_to_explain
from explain.attribution.similarity import overlap, sign_agreement, spearman, strongest, top_k
from explain.attribution.view import Explain
from explain.core.decisions import decisions, differ
from explain.core.errors import InvalidSubject
from explain.core.explanation import Drift
from explain.core.intervals import CORRELATION, SHARE, Measurement, mean_of
from explain.core.messages import Message
from explain.core.methods import NO_OPTIONS, Options
from explain.core.provenance import origin
from explain.core.resources import Progress, portions
from explain.core.subject import Subject

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
    of_input: int | None = None,
    band: NoiseBand | None = None,
    progress: Progress | None = None,
) -> Drift:
    """Return how far the explanations of two networks differ, and whether noise explains it.

    In both networks the output is explained that the first decides for. Rows that the second
    decides otherwise stand in `flipped` and in no mean. The verdict rests on the mean of
    (ceiling - overlap) over n rows, paired row by row, with Student's 95 % interval over the rows,
    and over the draws of noise where one draw moves all rows alike (texts). Outside the noise: the
    whole interval lies above 0; it is then `MORE_THAN_RETRAINING` where a second training keeps
    more overlap, paired row by row and with its whole interval, `LIKE_RETRAINING` where it does
    not, and `OUTSIDE` where there is no second training.
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
        options: parameters of the method; by default 16 steps.
        seed: of input noise, random weights and the method's own draws.
        explain: called like `explain_rows`.
        of_input: place of the input to explain, as in `attribute`; another `explain` knows its own.
        band: a ready `noise_band` of the first network: then it says what is asked, and the seven
            arguments above play no part.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: one explanation of every row; 12 to 14 with the noise band.

    Raises:
        InvalidSubject: no rows, or the band is another network's or another method's.
        Refused: it is not said which of several inputs to explain.
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
        explain=_asking(before, explain, of_input),
        progress=next(jobs),
    )
    _check_band(band, before, method)
    answer = band.question.ask(after, next(jobs), like=before)
    return _compared(before, after, band, band.dense.values, answer.values, started)


def _asking(subject: Subject, explain: Explain, of_input: int | None) -> Explain:
    """Return what explains the rows: of several inputs, the one that is asked for."""
    if explain is not explain_rows:
        return explain
    place = input_to_explain(subject, of_input)
    return partial(explain_rows, of_input=place) if place else explain_rows


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
    a, b = values[alike], others[alike]
    overlaps, seeds = overlap(a, b), None if band.seeds is None else band.seeds[alike]
    beside = BesideNoise(
        overlaps=overlaps,
        floors=band.floors[:, alike],
        ceilings=band.ceilings[:, alike],
        shared=band.shared,
    )
    more, k = beyond_retraining(overlaps, seeds), strongest(math.prod(values.shape[1:]))
    return Drift(
        method=band.question.method,
        baseline=band.question.baseline,
        options=band.dense.options,
        rows=band.rows[alike],
        flipped=band.rows[~alike],
        draws=len(band.floors),
        shared_noise=band.shared,
        overlaps=overlaps,
        overlap=mean_of("overlap", overlaps, _OVERLAP, SHARE),
        rescaled=beside.rescaled(),
        floor=floor_of(beside.floors),
        ceiling=ceiling_of(beside.ceilings),
        other_seed=_other_seed(seeds),
        beyond_retraining=more,
        other_baseline=_other_baseline(band, alike),
        sign_agreement=mean_of("sign_agreement", sign_agreement(a, b), _SIGNS, SHARE),
        spearman=replace(
            mean_of("spearman", spearman(a, b), _RANKS, CORRELATION), unit="correlation"
        ),
        top_k=mean_of("top_k", top_k(a, b, k), Message("how.strongest", k=k), SHARE),
        strongest=k,
        fall=beside.fall(),
        verdict=beside_retraining(beside.verdict(), more),
        provenance=origin(before, started, seed=band.question.seed, plan=after.pruned_by),
    )


def _other_seed(seeds: Values | None) -> Measurement | None:
    if seeds is None:
        return None
    return mean_of("other_seed", seeds[~np.isnan(seeds)], _SEED, SHARE)


def _other_baseline(band: NoiseBand, alike: NDArray[np.bool_]) -> Measurement | None:
    if band.baselines is None:
        return None
    how = Message("how.from_baseline", baseline=band.other_baseline)
    return mean_of("other_baseline", band.baselines[alike], how, SHARE)
