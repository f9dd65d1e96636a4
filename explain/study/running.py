"""run: a recipe carried out, stage by stage, each measured, the whole with one hash."""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from explain.core.comparison import Evaluation, Flips
from explain.core.errors import Refused
from explain.core.plan import PruningPlan
from explain.core.provenance import (
    Provenance,
    fingerprint_of_rows,
    fingerprint_of_tensors,
    origin,
)
from explain.core.recipe import Recipe, Stage
from explain.core.resources import Progress, portions
from explain.core.subject import Subject, no_rows
from explain.core.training import Epoch
from explain.measure import decision_changes, evaluate
from explain.pruning import mended, prune, score, select
from explain.pruning.masking import history
from explain.training import Trainee, fine_tune, learning_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun:
    """One stage carried out.

    `subject` is what it left. `evaluation` and `flips` (against the dense network) are None
    without data. `kept` prunable weights that are not 0, of `total`. `epochs`: of every training
    of the stage, one after the other.
    """

    stage: Stage
    subject: Subject
    evaluation: Evaluation | None
    flips: Flips | None
    kept: int
    total: int
    epochs: tuple[Epoch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A recipe carried out: what each stage left, and `hash`, the same wherever it was run.

    `hash` is the SHA-256 of the dense subject's fingerprint, the rows it learnt from, the recipe
    and every bit of the network at the end.
    """

    recipe: Recipe
    stages: tuple[StageRun, ...]
    hash: str
    provenance: Provenance

    @property
    def subject(self) -> Subject:
        """Return the subject that the last stage left."""
        return self.stages[-1].subject


def run(subject: Subject, recipe: Recipe, *, progress: Progress | None = None) -> Run:
    """Carry out a recipe: every stage prunes what the one before it left, mends it and trains it.

    What is pruned stays exactly 0 through everything that follows. The subject is not touched.
    Equal subjects and recipes give equal bits, and so equal hashes, on one machine.

    Args:
        subject: the dense network; repairs and soft answers aim at it, and flips are against it.
        recipe: what to do.
        progress: called with the share done, stages alike; may raise to cancel.

    Cost: what scores, mends and epochs of the stages cost, and one evaluation a stage.

    Raises:
        What `score`, `select`, `mended` and `fine_tune` raise, and whatever `progress` raises.
    """
    started = time.perf_counter()
    _check_rows(subject, recipe)
    dense = None if no_rows(subject.samples) else evaluate(subject)
    found: list[StageRun] = []
    now = subject
    for stage, part in zip(recipe.stages, portions(progress, len(recipe.stages)), strict=True):
        now, epochs = _SCHEDULES[stage.schedule](now, stage, subject, part)
        found.append(_measured(now, stage, epochs, subject, dense))
    return Run(
        recipe=recipe,
        stages=tuple(found),
        hash=_hash(subject, recipe, now),
        provenance=origin(subject, started, plan=recipe.to_json()),
    )


def _check_rows(subject: Subject, recipe: Recipe) -> None:
    """Refuse at once what would be refused after minutes: training without rows or labels."""
    trainings = [stage.training for stage in recipe.stages if stage.training is not None]
    labelled = not trainings or learning_rows(subject).targets is not None
    if not labelled and any(how.soft < 1 for how in trainings):
        raise Refused("training.no_labels")


_Done = tuple[Subject, tuple[Epoch, ...]]


def _iterative(now: Subject, stage: Stage, dense: Subject, progress: Progress) -> _Done:
    """Prune in steps; after each one mend and train. One shot is one step."""
    epochs: list[Epoch] = []
    for step, part in enumerate(portions(progress, stage.steps)):
        copy = _pruned(now, plan_of_step(stage, step))
        now = mended(copy, stage.how, dense, part if stage.training is None else None)
        if stage.training is not None:
            trained = fine_tune(now, stage.training, dense=dense, progress=part)
            now, epochs = trained.subject, [*epochs, *trained.epochs]
        part(1.0)
    return now, tuple(epochs)


def _gradual(now: Subject, stage: Stage, dense: Subject, progress: Progress) -> _Done:
    """Prune at the start of each of the first epochs of one training.

    The optimiser keeps its memory, as in Zhu & Gupta 2017; a step there is some hundred batches,
    here an epoch.
    """
    how = stage.training
    if how is None:
        raise Refused("recipe.gradual_epochs", steps=stage.steps)
    trainee, epochs = Trainee(now, how, dense=dense), []
    for number in range(how.epochs):
        if number < stage.steps:
            trainee.hold(_pruned(trainee.subject, plan_of_step(stage, number)))
        epochs.append(trainee.epoch())
        progress((number + 1) / how.epochs)
    line = json.dumps({"gradual": stage.to_mapping()})
    return replace(trainee.subject, pruned_by=history(now, line)), tuple(epochs)


_SCHEDULES: dict[str, Callable[[Subject, Stage, Subject, Progress], _Done]] = {
    "one-shot": _iterative,
    "iterative": _iterative,
    "gradual": _gradual,
}


def plan_of_step(stage: Stage, step: int) -> PruningPlan:
    """Return the plan of one step (from 0): shares of what the step before it left alive.

    So that after it the stage's own share, `Stage.amounts`, of what the stage found is gone. Where
    the plan's amount is a share of all, so is that of a step.
    """
    plan = stage.how.plan
    if plan.threshold is not None:
        return plan
    own = tuple((name, _of_rest(stage, step, amount)) for name, amount in plan.overrides)
    return replace(plan, amount=_of_rest(stage, step, plan.amount or 0.0), overrides=own)


def _of_rest(stage: Stage, step: int, amount: float) -> float:
    amounts = (0.0, *stage.amounts(amount))
    before, after = amounts[step], amounts[step + 1]
    if stage.how.plan.of == "all":
        return after
    return 1 - (1 - after) / (1 - before) if before < 1 else 0.0


def _pruned(subject: Subject, plan: PruningPlan) -> Subject:
    return prune(subject, select(score(subject, plan), plan))


def _measured(
    now: Subject,
    stage: Stage,
    epochs: tuple[Epoch, ...],
    subject: Subject,
    dense: Evaluation | None,
) -> StageRun:
    after = flips = None
    if dense is not None:
        after = evaluate(now, reference=dense)
        flips = decision_changes(dense, after, subject.task)
    weights = [now.network.get_parameter(name) for name in now.network.prunable]
    return StageRun(
        stage=stage,
        subject=now,
        evaluation=after,
        flips=flips,
        kept=sum(int(weight.count_nonzero()) for weight in weights),
        total=sum(weight.numel() for weight in weights),
        epochs=epochs,
    )


def _hash(subject: Subject, recipe: Recipe, result: Subject) -> str:
    learnt = subject.training
    parts = (
        subject.fingerprint,
        "" if learnt is None else fingerprint_of_rows(learnt),
        recipe.to_json(),
        fingerprint_of_tensors(result.network.weights().items()),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
