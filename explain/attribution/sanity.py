"""sanity: does a method see the weights at all, and do its values add up?"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explain.attribution.band import NO_OPTIONS
from explain.attribution.baselines import BASELINES
from explain.attribution.catalog import attributor
from explain.attribution.explaining import explain_rows
from explain.attribution.noise import random_weights
from explain.attribution.question import Explain, Progress, Question, portions
from explain.attribution.similarity import overlap, spearman
from explain.core.bootstrap import mean_of
from explain.core.explanation import Explanation
from explain.core.measurement import Measurement
from explain.core.parameters import Options
from explain.core.provenance import Provenance, versions
from explain.core.subject import Subject
from explain.core.subset import evaluation_rows

__all__ = ["ROWS", "THRESHOLD", "Sanity", "sanity"]

ROWS = 32
"""Rows that are explained by default."""

THRESHOLD = 0.2
"""A method fails when its maps keep more rank correlation than this at random weights."""

_RANKS = "rank correlation of the signed values with those of the trained network"
_SHARES = "overlap with the signed values of the trained network"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanity:
    """What a method's explanations of one network keep when the network loses its weights.

    `layers` are initialised anew one after the other, from the output on, and stay so: place i of
    `spearmans` and `overlaps` compares with the network whose first i + 1 of them are random.
    `baselines` [(key, overlap)] how alike the explanations from each other baseline are.
    `completeness`: the mean gap, None for a method that promises no sum. `verdict` "passes",
    "fails" or "cannot be told", judged by the last rank correlation, with all layers random.
    """

    method: str
    baseline: str
    rows: NDArray[np.int64]
    layers: tuple[str, ...]
    spearmans: tuple[Measurement, ...]
    overlaps: tuple[Measurement, ...]
    baselines: tuple[tuple[str, Measurement], ...]
    completeness: Measurement | None
    verdict: str
    sentence: str
    provenance: Provenance


def sanity(
    subject: Subject,
    method: str,
    *,
    rows: NDArray[np.int64] | None = None,
    baseline: str = "zero",
    options: Options = NO_OPTIONS,
    seed: int = 0,
    explain: Explain = explain_rows,
    progress: Progress | None = None,
) -> Sanity:
    """Return whether a method depends on what the network has learned.

    The cascading randomisation of Adebayo et al.: layers with weights are initialised anew from
    the output back to the input, and the same output is explained each time. "fails": with all of
    them random, the whole 95 % interval of the mean signed rank correlation lies above 0.2;
    "passes": the whole interval lies below; else "cannot be told".

    Args:
        subject: dense or pruned.
        method: key of an attribution method.
        rows: samples to explain; by default 32, the same every time.
        baseline: key of the baseline.
        options: parameters of the method.
        seed: of the random weights and the method's own draws.
        explain: called like `explain_rows`.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: one explanation of every row, one more per layer with weights and per other baseline.

    Raises:
        What `explain` raises, and whatever `progress` raises.

    Source: Adebayo et al. 2018, arXiv:1810.03292, section 3. Differs: the paper ranks |values|
    too; here only signed values count, because the zeros of an input fix the ranks of |values|.
    """
    started = time.perf_counter()
    chosen = evaluation_rows(subject, ROWS) if rows is None else np.asarray(rows, np.int64)
    layers = _weighted_layers(subject)
    others = _other_baselines(subject, method, baseline)
    jobs = portions(progress, 1 + len(layers) + len(others))
    question = Question(
        explain=explain, method=method, rows=chosen, baseline=baseline, options=options, seed=seed
    )
    trained = question.ask(subject, next(jobs))
    question = replace(question, targets=trained.targets)
    stages = list(_cascade(question, subject, layers, jobs))
    spearmans = tuple(_spearman(trained, stage) for stage in stages)
    found = Sanity(
        method=method,
        baseline=baseline,
        rows=chosen,
        layers=layers,
        spearmans=spearmans,
        overlaps=tuple(_overlap(trained, stage) for stage in stages),
        baselines=tuple(
            (key, _overlap(trained, question.ask(subject, next(jobs), baseline=key)))
            for key in others
        ),
        completeness=_completeness(trained),
        verdict=_verdict(spearmans[-1]) if spearmans else "cannot be told",
        sentence="",
        provenance=Provenance(
            subject=subject.fingerprint,
            plan=subject.pruned_by,
            seed=seed,
            seconds=time.perf_counter() - started,
            versions=versions(),
        ),
    )
    return replace(found, sentence=_sentence(found))


def _weighted_layers(subject: Subject) -> tuple[str, ...]:
    """Return the modules that can be initialised anew, from the output back to the input."""
    names = [step.module for step in reversed(subject.network.steps) if step.module is not None]
    modules = {name: subject.network.get_submodule(name) for name in dict.fromkeys(names)}
    return tuple(
        name
        for name, module in modules.items()
        if hasattr(module, "reset_parameters") and any(True for _ in module.parameters())
    )


def _other_baselines(subject: Subject, method: str, baseline: str) -> tuple[str, ...]:
    if not attributor(method).baseline:
        return ()
    fitting = (record.key for record in BASELINES if record.fits(subject) is None)
    return tuple(key for key in fitting if key != baseline)


def _cascade(
    question: Question,
    subject: Subject,
    layers: tuple[str, ...],
    jobs: Iterator[Progress | None],
) -> Iterator[Explanation]:
    """Yield the explanations with 1, 2, ... and at last all layers at random weights."""
    for count in range(1, len(layers) + 1):
        ruined = random_weights(subject, question.seed, layers=layers[:count])
        yield question.ask(ruined, next(jobs))


def _spearman(trained: Explanation, other: Explanation) -> Measurement:
    found = mean_of("spearman", spearman(trained.values, other.values), _RANKS)
    return replace(found, unit="correlation")


def _overlap(trained: Explanation, other: Explanation) -> Measurement:
    return mean_of("overlap", overlap(trained.values, other.values), _SHARES)


def _completeness(explanation: Explanation) -> Measurement | None:
    if explanation.gaps is None:
        return None
    how = "|sum of values - change of the output| as a share of that change"
    return mean_of("completeness_gap", explanation.gaps, how)


def _verdict(last: Measurement) -> str:
    if last.low is None or last.high is None:
        return "cannot be told"
    if last.low > THRESHOLD:
        return "fails"
    return "passes" if last.high < THRESHOLD else "cannot be told"


def _sentence(found: Sanity) -> str:
    if found.verdict == "cannot be told" and not found.spearmans:
        return "No layer of this network can be initialised anew: nothing can be said."
    last = found.spearmans[-1]
    told = f"{last.value:.2f}"
    if last.low is not None and last.high is not None:
        told += f" [{last.low:.2f}, {last.high:.2f}]"
    lead = {
        "passes": "The method sees the weights",
        "fails": "The method keeps its picture without the weights",
        "cannot be told": "Whether the method sees the weights cannot be told",
    }[found.verdict]
    return (
        f"{lead}: with all {len(found.layers)} layers random, its values keep a rank correlation "
        f"of {told} on {len(found.rows)} rows; {THRESHOLD} is the line."
    )
