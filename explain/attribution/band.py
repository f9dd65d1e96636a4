"""noise_band: how alike explanations are when nothing changed, and when everything did."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from explain.attribution.baselines import other_baselines, usual_baseline
from explain.attribution.catalog import attributor
from explain.attribution.explaining import explain_rows
from explain.attribution.noise import moves_all_alike, noisy, random_weights
from explain.attribution.similarity import overlap
from explain.attribution.view import Explain, Question
from explain.core.decisions import decisions, differ
from explain.core.errors import InvalidSubject
from explain.core.explanation import Explanation
from explain.core.intervals import SHARE, Measurement, mean_over_draws
from explain.core.messages import Message
from explain.core.methods import NO_OPTIONS, Options
from explain.core.provenance import Provenance, origin
from explain.core.resources import Progress, portions
from explain.core.subject import Subject, evaluation_rows, need_rows

ROWS = 64
"""Rows that are explained by default, on pages and the command line too: `bench.drift`."""

STEPS = 16
"""Steps of a path that are taken by default: 50 rarely change a verdict (`bench.drift`)."""

FEWEST_ROWS = 8
"""Below so many rows nothing is said: the bootstrap of fewer understates its own spread."""

DRAWS = 5
"""How many networks of random weights, and how many noisy copies, a row is compared with."""


Overlaps = NDArray[np.float64]
_Copy = Callable[[Subject, int], Subject]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseBand:
    """Between which overlaps the explanations of one network move: computed once, compared often.

    `dense` explains what the network decides for `rows` [n] (`decisions`). All else are overlaps
    with it. One per draw and row [5, n]: `ceilings` under tiny input noise, `floors` at random
    weights. One per row [n]: `baselines` from the baseline `other_baseline`, `seeds` of a second
    training, NaN where that decides otherwise; None where there is no such thing. `floor` and
    `ceiling` are the means over draws and rows, both of which stand in their intervals. `shared`:
    whether a draw of noise moves all rows alike. `question` is what was asked, to ask other
    networks the same.
    """

    question: Question
    dense: Explanation
    rows: NDArray[np.int64]
    decisions: NDArray[np.float64]
    floors: Overlaps
    ceilings: Overlaps
    shared: bool
    other_baseline: str | None
    baselines: Overlaps | None
    seeds: Overlaps | None
    floor: Measurement
    ceiling: Measurement
    provenance: Provenance


def noise_band(
    before: Subject,
    method: str,
    *,
    rows: NDArray[np.int64] | None = None,
    baseline: str | None = None,
    other_seed: Subject | None = None,
    options: Options = NO_OPTIONS,
    seed: int = 0,
    explain: Explain = explain_rows,
    progress: Progress | None = None,
) -> NoiseBand:
    """Return the floor and the ceiling of a method on one network, row by row.

    Args: as `drift`, of one network.

    Cost: 11 explanations of every row, and one more for the other baseline and the other seed each.

    Raises:
        InvalidSubject: no rows.
        What `explain` raises, and whatever `progress` raises.
    """
    started = time.perf_counter()
    chosen = chosen_rows(before, rows, ROWS)
    usual = baseline or usual_baseline(before)
    other = next(iter(other_baselines(attributor(method), before, usual)), None)
    jobs = portions(progress, 1 + 2 * DRAWS + (other is not None) + (other_seed is not None))
    first = Question(
        explain=explain,
        method=method,
        rows=chosen,
        baseline=usual,
        options=_with_few_steps(method, options),
        seed=seed,
    )
    dense = first.ask(before, next(jobs))
    same = replace(first, targets=dense.targets)
    decided = decisions(before, chosen)
    own = _Reference(question=same, before=before, dense=dense, decided=decided, jobs=jobs)
    ceilings, floors = own.drawn(noisy), own.drawn(random_weights)
    return NoiseBand(
        question=same,
        dense=dense,
        rows=chosen,
        decisions=decided,
        floors=floors,
        ceilings=ceilings,
        shared=moves_all_alike(before),
        other_baseline=other,
        baselines=None if other is None else own.from_baseline(other),
        seeds=None if other_seed is None else own.of_seed(other_seed),
        floor=floor_of(floors),
        ceiling=ceiling_of(ceilings),
        provenance=origin(before, started, seed=seed),
    )


def _with_few_steps(method: str, options: Options) -> Options:
    """Return the options with `STEPS` where a method has steps and none are asked for."""
    has_steps = any(parameter.key == "steps" for parameter in attributor(method).parameters)
    return {"steps": STEPS, **options} if has_steps else options


def chosen_rows(subject: Subject, rows: NDArray[np.int64] | None, count: int) -> NDArray[np.int64]:
    """Return the rows that were asked for, by default `count` of them.

    Raises:
        InvalidSubject: there are none.
        Refused: there are no data.
    """
    need_rows(subject.samples)
    chosen = evaluation_rows(subject, count) if rows is None else np.asarray(rows, np.int64)
    if len(chosen) == 0:
        raise InvalidSubject("attribution.nothing_to_explain")
    return chosen


def floor_of(floors: Overlaps) -> Measurement:
    """Return the mean overlap with random weights [draws, n]."""
    return mean_over_draws("floor", floors, Message("how.floor", draws=len(floors)), SHARE)


def ceiling_of(ceilings: Overlaps) -> Measurement:
    """Return the mean overlap under tiny input noise [draws, n]."""
    return mean_over_draws("ceiling", ceilings, Message("how.ceiling", draws=len(ceilings)), SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reference:
    """What a network answers, to compare the answers of others with."""

    question: Question
    before: Subject
    dense: Explanation
    decided: NDArray[np.float64]
    jobs: Iterator[Progress]

    def drawn(self, copy: _Copy) -> Overlaps:
        """Return the overlap of each row with copies of the network drawn at random [draws, n]."""
        first = self.question.seed
        return np.stack([self._with(copy(self.before, first + at)) for at in range(DRAWS)])

    def from_baseline(self, baseline: str) -> Overlaps:
        """Return the overlap of each row with what the network says from another baseline [n]."""
        return self._with(self.before, baseline)

    def of_seed(self, other: Subject) -> Overlaps:
        """Return the overlap with a second training [n], NaN where it decides otherwise."""
        alike = replace(other, samples=self.before.samples)
        found = self._with(alike)
        differs = differ(self.decided, decisions(alike, self.question.rows), self.before.task)
        return np.where(differs, np.nan, found)

    def _with(self, other: Subject, baseline: str | None = None) -> Overlaps:
        answer = self.question.ask(other, next(self.jobs), baseline=baseline)
        return overlap(self.dense.values, answer.values)
