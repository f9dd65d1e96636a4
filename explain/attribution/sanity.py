"""sanity: does a method see the weights at all, and do its values add up?"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explain.attribution.band import FEWEST_ROWS, chosen_rows
from explain.attribution.baselines import other_baselines, usual_baseline
from explain.attribution.catalog import attributor
from explain.attribution.explaining import explain_rows
from explain.attribution.noise import random_weights
from explain.attribution.similarity import overlap, spearman
from explain.attribution.view import Explain, Question
from explain.core.explanation import Explanation, SanityVerdict
from explain.core.intervals import Measurement, mean_of, mean_over_draws
from explain.core.messages import Message
from explain.core.methods import NO_OPTIONS, Options
from explain.core.provenance import Provenance, origin
from explain.core.resources import Progress, portions
from explain.core.subject import Subject

ROWS = 32
"""Rows that are explained by default."""

THRESHOLD = 0.2
"""A method fails when its maps keep more rank correlation than this at random weights."""

DRAWS = 10
"""How many draws of random weights the last stage, on which the verdict rests, is a mean of."""

_RANKS, _SHARES = Message("how.trained_ranks"), Message("how.trained_overlap")

Alike = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanity:
    """What a method's explanations of one network keep when the network loses its weights.

    `layers` are initialised anew one after the other, from the output on, and stay so: place i of
    `spearmans` and `overlaps` compares with the network whose first i + 1 of them are random. In
    the last place everything is random, tensors that no layer owns too: a mean over 10 draws, with
    an interval over draws and rows. `rows` [n] are those compared, `constant` those left out
    because the trained network's own map is the same everywhere.
    `baselines` [(key, overlap)] how alike the explanations from each other baseline are.
    `completeness`: the median gap, None for a method that promises no sum; `tiny` rows, whose
    output changes by less than a tenth of the usual, are left out of it: their gap is a share of
    next to nothing. The `verdict` is judged by the last rank correlation, with all layers random,
    and by `completeness`.
    """

    method: str
    baseline: str
    rows: NDArray[np.int64]
    constant: NDArray[np.int64]
    layers: tuple[str, ...]
    spearmans: tuple[Measurement, ...]
    overlaps: tuple[Measurement, ...]
    baselines: tuple[tuple[str, Measurement], ...]
    completeness: Measurement | None
    tiny: int
    verdict: SanityVerdict
    provenance: Provenance


def sanity(
    subject: Subject,
    method: str,
    *,
    rows: NDArray[np.int64] | None = None,
    baseline: str | None = None,
    options: Options = NO_OPTIONS,
    seed: int = 0,
    explain: Explain = explain_rows,
    progress: Progress | None = None,
) -> Sanity:
    """Return whether a method depends on what the network has learned.

    The cascading randomisation of Adebayo et al.: layers with weights are initialised anew from
    the output back to the input, and the same output is explained each time. `FAILS`: with
    everything random, the whole 95 % interval (over 10 draws and the rows) of the mean signed rank
    correlation lies above 0.2; `PASSES`: the whole interval lies below, and
    `INCOMPLETE`: it does, but the values miss the output's change by more than 5 % in most rows;
    else `UNCLEAR`, and also where fewer than 8 rows have a map that is not constant.

    Args: as `drift`, of one network; by default 32 rows are explained.

    Cost: 10 explanations of every row, and one per layer with weights and per other baseline.

    Raises:
        InvalidSubject: no rows.
        What `explain` raises, and whatever `progress` raises.

    Source: Adebayo et al. 2018, arXiv:1810.03292, section 3. Differs: the paper ranks |values|
    too; here only signed values count, because the zeros of an input fix the ranks of |values|.
    """
    started = time.perf_counter()
    chosen = chosen_rows(subject, rows, ROWS)
    layers = _weighted_layers(subject)
    usual = baseline or usual_baseline(subject)
    others = other_baselines(attributor(method), subject, usual)
    jobs = portions(progress, 1 + _ruins(len(layers)) + len(others))
    question = Question(
        explain=explain, method=method, rows=chosen, baseline=usual, options=options, seed=seed
    )
    trained = question.ask(subject, next(jobs))
    question = replace(question, targets=trained.targets)
    varied = _varied(trained.values)
    completeness, tiny = _completeness(trained)
    stages = list(_cascade(question, subject, layers, jobs))
    like = _Likeness(trained=trained.values, rows=varied)
    spearmans = tuple(like.spearman(stage) for stage in stages)
    return Sanity(
        method=method,
        baseline=trained.baseline,
        rows=chosen[varied],
        constant=chosen[~varied],
        layers=layers,
        spearmans=spearmans,
        overlaps=tuple(like.overlap(stage) for stage in stages),
        baselines=tuple(
            (key, like.overlap([question.ask(subject, next(jobs), baseline=key)])) for key in others
        ),
        completeness=completeness,
        tiny=tiny,
        verdict=_verdict(spearmans[-1], completeness) if spearmans else SanityVerdict.UNCLEAR,
        provenance=origin(subject, started, seed=seed),
    )


def _weighted_layers(subject: Subject) -> tuple[str, ...]:
    """Return the modules that can be initialised anew, from the output back to the input."""
    names = [step.module for step in reversed(subject.network.steps) if step.module is not None]
    modules = {name: subject.network.get_submodule(name) for name in dict.fromkeys(names)}
    return tuple(
        name
        for name, module in modules.items()
        if hasattr(module, "reset_parameters") and any(True for _ in module.parameters())
    )


def _ruins(layers: int) -> int:
    """Return how many networks the cascade explains."""
    return layers - 1 + DRAWS if layers else 0


def _cascade(
    question: Question,
    subject: Subject,
    layers: tuple[str, ...],
    jobs: Iterator[Progress],
) -> Iterator[list[Explanation]]:
    """Yield the explanations with 1, 2, ... layers random, and at last those with everything so."""
    for count in range(1, len(layers)):
        ruined = random_weights(subject, question.seed, layers=layers[:count])
        yield [question.ask(ruined, next(jobs))]
    if layers:
        seeds = range(question.seed, question.seed + DRAWS)
        yield [question.ask(random_weights(subject, seed), next(jobs)) for seed in seeds]


def _varied(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which maps are not the same number everywhere [n]."""
    flat = values.reshape(len(values), -1)
    return np.asarray(np.ptp(flat, axis=1) > 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Likeness:
    """How alike explanations are to the trained network's, on rows whose map says something."""

    trained: NDArray[np.float64]
    rows: NDArray[np.bool_]

    def spearman(self, draws: Sequence[Explanation]) -> Measurement:
        """Return the mean signed rank correlation over draws and rows."""
        found = self._mean("spearman", spearman, draws, _RANKS)
        return replace(found, unit="correlation")

    def overlap(self, draws: Sequence[Explanation]) -> Measurement:
        """Return the mean overlap over draws and rows."""
        return self._mean("overlap", overlap, draws, _SHARES)

    def _mean(
        self, key: str, alike: Alike, draws: Sequence[Explanation], how: Message
    ) -> Measurement:
        kept = self.trained[self.rows]
        values = np.stack([alike(kept, other.values[self.rows]) for other in draws])
        if len(draws) == 1:
            return mean_of(key, values[0], how)
        return mean_over_draws(key, values, Message("how.mean_of_draws", how=how, draws=len(draws)))


_TINY = 0.1
"""A change of the output below this share of the median one is tiny."""
_LOOSE = 0.05
"""A median gap above this is a promise that is not kept."""


def _completeness(found: Explanation) -> tuple[Measurement | None, int]:
    """Return the median gap, and how many rows it leaves out."""
    if found.gaps is None or found.baseline_outputs is None or not len(found.gaps):
        return None, 0
    change = np.abs(found.outputs - found.baseline_outputs)
    counts = change >= _TINY * np.median(change)
    value, n = float(np.median(found.gaps[counts])), int(counts.sum())
    how = Message("how.completeness_gap")
    measured = Measurement(key="completeness_gap", value=value, unit="share", n=n, how=how)
    return measured, len(counts) - n


def _verdict(last: Measurement, completeness: Measurement | None) -> SanityVerdict:
    if last.low is None or last.high is None or last.n < FEWEST_ROWS:
        return SanityVerdict.UNCLEAR
    if last.low > THRESHOLD:
        return SanityVerdict.FAILS
    if last.high >= THRESHOLD:
        return SanityVerdict.UNCLEAR
    loose = completeness is not None and completeness.value > _LOOSE
    return SanityVerdict.INCOMPLETE if loose else SanityVerdict.PASSES
