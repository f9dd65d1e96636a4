"""What pages have to show of a model at an amount, straight from the back end."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import cached_property
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

import explain
from bench.students.files import own_files
from bench.students.lesson import OWN, Move
from bench.students.reading import RIBBON_PARTS, Numbers
from explain import Evaluation, Flips, Partition, PruningPlan, Refused, ScoreSet, Subject
from explain.attribution import NoiseBand, noise_band, usual_baseline
from explain.core.messages import count, say, signed
from explain.decompose import give_back, modules_or_blocks
from explain.figures import (
    Answer,
    answer,
    case_name,
    decision_name,
    facts,
    give_back_headline,
    ladder,
    ribbon_reading,
    wording,
)
from explain.measure import (
    decision_changes,
    evaluation_rows,
    headline_metric,
    meter,
    metric_change,
    metric_resamples,
)
from models import load, load_demo
from models.loading.loading import load_file
from pages._attribution.choices import METHOD
from pages._decisions.case_table import MOST
from pages._features.look import default_layer
from pages._shell.keys import EXPLORING

SAMPLE = 0
"""The case that every student looks at."""
NEEDED = {
    "explore": (),
    "decisions": ("cases",),
    "inputs": ("facts",),
    "inside": ("maps",),
    "parts": ("repaired",),
}
"""What a page or a tab has to show beside the ribbon, once a decision has changed."""


class Right:
    """One model: everything that its students may have read is worked out anew, in one thread."""

    def __init__(self, subject: Subject, other_seed: Subject | None = None) -> None:
        self.subject, self._other_seed = subject, other_seed

    def wrong(self, page: str, amount: float, read: Numbers) -> Iterator[str]:
        """Yield what was read and is not so, or was not read though it has to be there."""
        pruned = explain.prune(self.subject, explain.select(self._scores, PLAN.at(amount)))
        run = explain.evaluate(pruned, reference=self._dense)
        changes = decision_changes(self._dense, run, self.subject.task)
        if len(changes.changed):
            yield from (f"{name} is missing" for name in NEEDED[page] if name not in read)
        known: dict[str, Callable[[tuple[str, ...]], tuple[str, ...]]] = {
            "ribbon": lambda _: self._ribbon(amount, run),
            "cases": lambda shown: self._cases(changes, run, shown),
            "facts": lambda _: self._facts(pruned),
            "drift": lambda _: self._drift(pruned),
            "maps": lambda shown: self._maps(pruned, shown),
            "adds": lambda _: self._adds(pruned),
            "repaired": lambda shown: self._repaired(pruned, changes, shown),
        }
        for name, shown in read.items():
            wanted = known[name](shown)
            if shown != wanted:
                yield f"{name} says {shown}, not {wanted}"

    @cached_property
    def _scores(self) -> ScoreSet:
        return explain.score(self.subject, PLAN)

    @cached_property
    def _dense(self) -> Evaluation:
        return explain.evaluate(self.subject)

    @cached_property
    def _resamples(self) -> NDArray[np.float64]:
        return metric_resamples(self.subject, self._dense, self._dense)

    @cached_property
    def _target(self) -> int:
        return int(self._outputs(self.subject).argmax())

    @cached_property
    def _band(self) -> NoiseBand:
        return noise_band(
            self.subject,
            METHOD.default,
            baseline=usual_baseline(self.subject),
            other_seed=self._other_seed,
            options={"steps": EXPLORING},
        )

    @cached_property
    def _parts(self) -> Partition:
        return modules_or_blocks(self.subject)[1]

    def _outputs(self, network: Subject) -> NDArray[np.float64]:
        given = self.subject.samples.take(np.array([SAMPLE])).inputs
        found: NDArray[np.float64] = network.network(*given).detach().double().numpy()
        return found.reshape(-1)

    def _ribbon(self, amount: float, run: Evaluation) -> tuple[str, ...]:
        record = meter(headline_metric(self.subject))
        change = metric_change(self.subject, self._dense, run, resamples=self._resamples)
        reading = {
            **asdict(ribbon_reading(self._dense, run, self.subject.task, record)),
            "kept": count(explain.select(self._scores, PLAN.at(amount)).kept),
            "change": wording.change_with_interval(change, record),
        }
        return tuple(reading[part] for part in RIBBON_PARTS)

    def _cases(self, changes: Flips, run: Evaluation, shown: tuple[str, ...]) -> tuple[str, ...]:
        """Return the changed cases by name; of more than the table holds those that it shows."""
        rows, task = evaluation_rows(self.subject), self.subject.task
        found = []
        for at in changes.changed:
            both = (decision_name(task, each.decisions[at]) for each in (self._dense, run))
            found.append(" | ".join([case_name(self.subject.samples, int(rows[at])), *both]))
        if len(found) > MOST:
            found = [one for one in found if one in shown]
        return tuple(sorted(found))

    def _facts(self, pruned: Subject) -> tuple[str, ...]:
        networks = (self.subject, pruned)
        before, after = (self._answer(network) for network in networks)
        one, other = (
            explain.attribute(
                network,
                METHOD.default,
                sample=SAMPLE,
                target=self._target,
                baseline=usual_baseline(self.subject),
            )
            for network in networks
        )
        rows = facts((before, after), (one, other)).rows
        return tuple(f"{dense} → {then}" for _, dense, then in rows)

    def _answer(self, network: Subject) -> Answer:
        return answer(self._outputs(network), self.subject.task, self._target)

    def _drift(self, pruned: Subject) -> tuple[str, ...]:
        found = explain.drift(self.subject, pruned, METHOD.default, band=self._band)
        return (ladder(found, self.subject.samples.count).sentence,)

    def _maps(self, pruned: Subject, shown: tuple[str, ...]) -> tuple[str, ...]:
        layer = default_layer(self.subject)
        before, after = (
            explain.feature_maps(network, layer, SAMPLE, target=self._target)
            for network in (self.subject, pruned)
        )
        channels = [int(one.partition(" | ")[0]) for one in shown]
        return tuple(
            " | ".join([str(at), *(signed(float(one.relevance[at])) for one in (before, after))])
            for at in channels
        )

    def _adds(self, pruned: Subject) -> tuple[str, ...]:
        targets = explain.contributions(self.subject, self._parts, sample=SAMPLE).targets
        found = explain.contributions(pruned, self._parts, sample=SAMPLE, targets=targets)
        return tuple(signed(float(value)) for value in found.shapley)

    def _repaired(self, pruned: Subject, changes: Flips, shown: tuple[str, ...]) -> tuple[str, ...]:
        """Return what giving back repairs; where that takes long, the page only counts."""
        counted = (say("modules.causes.changed", n=len(changes.changed), of=changes.n),)
        if shown == counted:
            return counted
        if not len(changes.changed):
            return (say("modules.causes.none_changed"),)
        found = give_back(
            self.subject,
            pruned,
            self._parts.labels,
            names=self._parts.names,
            rows=evaluation_rows(self.subject),
        )
        return (give_back_headline(found),)


PLAN = PruningPlan()


def wrong_numbers(moves: Iterable[Move]) -> Iterator[str]:
    """Yield what was read in a lesson and is not so, own models included."""
    by_model = attrgetter("seat.model", "seat.place")
    for model, made in groupby(sorted(moves, key=by_model), key=_model_of):
        right = _right(*model)
        for move in made:
            for text in right.wrong(move.page, move.amount, move.read):
                yield f"{move.seat.model}, {move.page} at {move.amount}: {text}"


def _model_of(move: Move) -> tuple[str, int]:
    """Return the model of a move; an own one is its student's alone."""
    return move.seat.model, move.seat.place if move.seat.model == OWN else 0


def _right(model: str, place: int) -> Right:
    if model == OWN:
        file, rows = own_files(place)
        return Right(load_file(file.content, data=rows.content, name=file.name))
    try:
        other = load_demo(model, seed=2)
    except Refused:
        other = None
    return Right(load(model), other)
