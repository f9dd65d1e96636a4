"""measure, flips, sweep: what pruning did to the answers, at one amount and at many."""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from explain.core.comparison import Evaluation, Flips, Masked, Sweep
from explain.core.intervals import Measurement, share_of
from explain.core.messages import Message
from explain.core.plan import PruningPlan
from explain.core.provenance import origin
from explain.core.resources import Progress, counted
from explain.core.scores import MaskSet, ScoreSet
from explain.core.subject import Subject
from explain.measure import (
    count_groups,
    decision_changes,
    differ,
    evaluate,
    evaluation_rows,
    guessing,
    headline_metric,
    size,
)
from explain.measure import meter as _meter
from explain.pruning import mended, prune, score, select


def measure(subject: Subject, *, reference: Subject | None = None) -> tuple[Measurement, ...]:
    """Return the headline metric, the loss and what the network takes.

    Args:
        subject: dense or pruned.
        reference: the dense subject; adds the number of decisions that differ from it. Without
            one and without labels there is no headline metric for a pruned subject. Without
            data there is only what the network takes.

    Cost: one forward pass over the rows (two with a reference) and one pass over the weights.
    """
    if not subject.samples.count:
        return size(subject)
    dense = None if reference is None else evaluate(reference)
    run = evaluate(subject, reference=dense)
    found = _headline(subject, run, dense)
    if run.loss is not None:
        how = Message("how.mean_loss")
        unit = "squared error" if subject.task.kind == "regression" else "nats"
        found.append(Measurement(key="loss", value=run.loss, unit=unit, n=run.n, how=how))
    if dense is not None:
        changed = len(decision_changes(dense, run, subject.task).changed)
        found.append(share_of("decisions_changed", changed, run.n, Message("how.changed")))
    return (*found, *size(subject))


def _headline(subject: Subject, run: Evaluation, dense: Evaluation | None) -> list[Measurement]:
    """Return the headline metric; nothing where it is agreement with an unknown network."""
    record = _meter(headline_metric(subject))
    if record.key == "agreement" and subject.pruned_by and dense is None:
        return []
    if record.key == "accuracy" and run.correct is not None:
        return [share_of("accuracy", int(run.correct.sum()), run.n, Message("how.accuracy"))]
    how = Message("how.held_out")
    return [Measurement(key=record.key, value=run.metric, unit=record.unit, n=run.n, how=how)]


GRID: tuple[float, ...] = (*(step / 40 for step in range(39)), 0.96, 0.97, 0.98, 0.99, 1.0)
"""The amounts of a sweep: every 2.5 %, and every 1 % from 95 % on."""
CURVE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""The amounts of a curve whose every point takes long: reasons, contributions, pictures."""


def sweep(
    subject: Subject,
    plan: PruningPlan,
    amounts: Sequence[float] = GRID,
    *,
    scores: ScoreSet | None = None,
    rows: NDArray[np.int64] | None = None,
    recalibrated: bool = False,
    folded: bool = False,
    repaired: bool = False,
    progress: Progress | None = None,
) -> Sweep:
    """Evaluate a plan at many amounts, everything else equal.

    Every number equals that of a fresh evaluation bit for bit: `evaluate(prune(subject,
    select(scores, plan.at(a))), reference=dense)` runs the same rows in the same batches; with
    `recalibrated`, of `recalibrate(prune(...))`, with `folded`, of `fold_constants(prune(...))`,
    with `repaired`, of `repair(prune(...), subject)`.

    Args:
        subject: the dense subject.
        plan: its amount or threshold plays no part.
        amounts: ascending shares removed; 0 is added where it is missing.
        scores: ready scores of this plan, else they are made.
        rows: samples to run, by default all or 2,000 by class share.
        recalibrated: make the BatchNorm statistics of every copy anew.
        folded: move what removed units still say into the layers that hear it, before that.
        repaired: refit the weights that are left in every copy, between the two.
        progress: called with the share done; may raise to cancel.

    Cost: one forward pass over the rows per amount, one over the calibration rows where they are
    recalibrated, and what `repair` costs.

    Raises:
        What `score`, `select`, `fold_constants`, `repair` and `recalibrate` raise, and whatever
        `progress` raises.
    """
    started = time.perf_counter()
    grid = np.unique(np.array([0.0, *amounts], np.float64))
    scores = score(subject, plan) if scores is None else scores
    rows = evaluation_rows(subject) if rows is None else rows
    dense = evaluate(subject, rows=rows)
    masks: list[MaskSet] = []
    runs: list[Evaluation] = []
    how = Masked(plan=plan, recalibrated=recalibrated, folded=folded, repaired=repaired)
    for amount in counted(grid.tolist(), progress):
        masks.append(select(scores, plan.at(amount)))
        copy = mended(prune(subject, masks[-1]), how, subject)
        runs.append(evaluate(copy, rows=rows, reference=dense))
    return _sweep(subject, how, masks, dense, runs, rows, started)


def _sweep(
    subject: Subject,
    how: Masked,
    masks: list[MaskSet],
    dense: Evaluation,
    runs: list[Evaluation],
    rows: NDArray[np.int64],
    started: float,
) -> Sweep:
    decisions = np.stack([run.decisions for run in runs])
    moved = np.stack([differ(dense.decisions, row, subject.task) for row in decisions])
    known = dense.correct is not None
    right = np.stack([run.correct for run in runs if run.correct is not None]) if known else None
    losses = [run.loss for run in runs if run.loss is not None]
    amounts = np.array([mask.pool_amount for mask in masks], np.float64)
    return Sweep(
        plan=how.plan.at(0.0),
        metric_key=headline_metric(subject),
        amounts=amounts,
        kept=np.array([mask.kept for mask in masks], np.int64),
        metric=np.array([run.metric for run in runs]),
        loss=np.array(losses) if known else None,
        flips=moved.sum(1),
        first_amount=np.where(moved.any(0), amounts[moved.argmax(0)], np.nan),
        flips_back=np.logical_or.reduce(np.logical_or.accumulate(moved) & ~moved),
        decisions=decisions,
        correct=right,
        dense=dense,
        guessing=guessing(subject, dense, rows),
        groups=count_groups(subject, rows, moved, right),
        rows=rows,
        provenance=origin(subject, started, seed=how.plan.seed, plan=how.to_json()),
    )


def flips(before: Subject, after: Subject, *, rows: NDArray[np.int64] | None = None) -> Flips:
    """Return the decisions that differ between two networks on the same samples.

    Args:
        before: usually the dense subject.
        after: usually a pruned copy of it.
        rows: samples to run, by default all or 2,000 by class share.

    Cost: one forward pass of each network over the rows.
    """
    dense = evaluate(before, rows=rows)
    return decision_changes(dense, evaluate(after, rows=rows, reference=dense), before.task)
