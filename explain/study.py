"""The one place where the parts meet: the verbs that notebooks, command line and pages use."""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.attribution import cuts, drift, explain_rows, random_weights
from explain.attribution.question import portions
from explain.core.contributions import Conductances, Contributions, Interactions
from explain.core.explanation import Explanation
from explain.core.measurement import Measurement
from explain.core.parameters import Options
from explain.core.partition import Partition
from explain.core.plan import PruningPlan
from explain.core.provenance import fingerprint, origin
from explain.core.scores import MaskSet, ScoreSet
from explain.core.subject import InputSpec, ModelCard, Samples, Subject, Task
from explain.core.sweep import Evaluation, FlipLedger, Flips, GroupCount, Sweep
from explain.core.view import NetworkView
from explain.decompose import contributions as _contributions
from explain.decompose import interactions as _interactions
from explain.features import Claim, check_claim, feature_maps, localisation_claim
from explain.measure import (
    as_targets,
    check_outputs,
    check_subject,
    differ,
    evaluate,
    evaluation_rows,
    headline_metric,
    infer_task,
    size,
    wilson,
)
from explain.measure import flips as _flips
from explain.measure import ledger as _ledger
from explain.measure import meter as _meter
from explain.network import activation_after, drawing, edges, lift, signature, silence, unit_deaths
from explain.pruning import (
    CRITERIA,
    criterion,
    death_ranks,
    fixed_pruned,
    groups,
    prune,
    recalibrate,
    score,
    select,
)

__all__ = [
    "GRID",
    "attribute",
    "conductances",
    "contributions",
    "drift",
    "feature_maps",
    "flips",
    "interactions",
    "ledger",
    "localised",
    "measure",
    "network_view",
    "recalibrate",
    "subject",
    "sweep",
]

GRID: tuple[float, ...] = (*(step / 40 for step in range(39)), 0.96, 0.97, 0.98, 0.99, 1.0)
"""The amounts of a sweep: every 2.5 %, and every 1 % from 95 % on."""

_NO_OPTIONS: Options = MappingProxyType({})

Progress = Callable[[float], None]
"""Called with the share done, 0..1; raising inside it cancels the job and loses nothing."""


def subject(
    module: nn.Module,
    inputs: Tensor | tuple[Tensor, ...] | Samples,
    targets: Tensor | None = None,
    *,
    classes: Sequence[str] = (),
    calibration: Samples | tuple[Tensor, Tensor] | None = None,
    task: Task | None = None,
    spec: InputSpec | None = None,
    card: ModelCard | None = None,
    key: str = "custom",
) -> Subject:
    """Lift any eager network and put it together with its data.

    Args:
        module: the network; it is copied and not touched.
        inputs: held-out samples, batch first: a tensor, a tuple of them, or ready `Samples`.
        targets: [n] or [n, 1] class indices (integers) or values (floats); None where nothing is
            known.
        classes: names of the classes; numbers by default.
        calibration: samples from the training data, for criteria that look at data.
        task: what the outputs mean; inferred from outputs and targets by default.
        spec: what a sample looks like; inferred from the shape by default.
        card: where the network comes from.
        key: a short name.

    Raises:
        UnsupportedOperation: the network uses an operation that cannot be lifted.
        InvalidSubject: inputs, targets, classes, metric and outputs do not fit together, or the
            network gives probabilities in place of logits.
        UnknownKey: the task names no metric.
    """
    samples = _samples(inputs, targets)
    network = lift(module, samples.take(np.arange(min(2, samples.count))).inputs)
    rows = None if calibration is None else _calibration(calibration)
    with torch.no_grad():
        output = network(*samples.take(np.arange(1)).inputs)
    task = task or infer_task(output, samples, tuple(classes))
    check_outputs(network, output, task)
    found = Subject(
        key=key,
        network=network,
        samples=samples,
        calibration=rows,
        spec=spec or _spec(samples.inputs[0]),
        task=task,
        card=card or ModelCard(title=key, purpose="your own network"),
        fingerprint=fingerprint(network, samples, rows),
    )
    check_subject(found)
    return found


def _samples(inputs: Tensor | tuple[Tensor, ...] | Samples, targets: Tensor | None) -> Samples:
    if isinstance(inputs, Samples):
        found = inputs.targets if targets is None else targets
        return replace(inputs, targets=None if found is None else as_targets(found))
    tensors = (inputs,) if isinstance(inputs, Tensor) else inputs
    return Samples(inputs=tensors, targets=None if targets is None else as_targets(targets))


def _calibration(rows: Samples | tuple[Tensor, Tensor]) -> Samples:
    return _samples(rows, None) if isinstance(rows, Samples) else _samples(*rows)


def _spec(inputs: Tensor) -> InputSpec:
    shape = tuple(inputs.shape[1:])
    if not inputs.is_floating_point():
        return InputSpec(kind="text", shape=shape)
    kinds = {1: "table", 3: "image"}
    low, high = float(inputs.min()), float(inputs.max())
    kind = kinds.get(len(shape), "array")
    return InputSpec(kind=kind, shape=shape, low=low, high=high)  # type: ignore[arg-type]


def sweep(
    subject: Subject,
    plan: PruningPlan,
    amounts: Sequence[float] = GRID,
    *,
    scores: ScoreSet | None = None,
    rows: NDArray[np.int64] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Evaluate a plan at many amounts, everything else equal.

    Every number equals that of a fresh evaluation bit for bit: `evaluate(prune(subject,
    select(scores, plan.at(a))), reference=dense)` runs the same rows in the same batches.

    Args:
        subject: the dense subject.
        plan: its amount or threshold plays no part.
        amounts: ascending shares removed; 0 is added where it is missing.
        scores: ready scores of this plan, else they are made.
        rows: samples to run, by default all or 2,000 by class share.
        progress: called with the share done; may raise to cancel.

    Cost: one forward pass over the rows per amount.

    Raises:
        What `score` and `select` raise, and whatever `progress` raises.
    """
    started = time.perf_counter()
    grid = np.unique(np.array([0.0, *amounts], np.float64))
    scores = score(subject, plan) if scores is None else scores
    rows = evaluation_rows(subject) if rows is None else rows
    dense = evaluate(subject, rows=rows)
    masks: list[MaskSet] = []
    runs: list[Evaluation] = []
    for done, amount in enumerate(grid.tolist()):
        masks.append(select(scores, plan.at(amount)))
        runs.append(evaluate(prune(subject, masks[-1]), rows=rows, reference=dense))
        if progress is not None:
            progress((done + 1) / len(grid))
    return _sweep(subject, plan, masks, dense, runs, rows, started)


def _sweep(
    subject: Subject,
    plan: PruningPlan,
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
    return Sweep(
        plan=plan.at(0.0),
        metric_key=headline_metric(subject),
        amounts=np.array([mask.pool_amount for mask in masks], np.float64),
        kept=np.array([mask.kept for mask in masks], np.int64),
        metric=np.array([run.metric for run in runs]),
        loss=np.array(losses) if known else None,
        flips=moved.sum(1),
        decisions=decisions,
        correct=right,
        dense=dense,
        groups=_groups(subject, rows, moved, right),
        rows=rows,
        provenance=origin(subject, started, seed=plan.seed, plan=plan.to_json()),
    )


def _groups(
    subject: Subject,
    rows: NDArray[np.int64],
    moved: NDArray[np.bool_],
    right: NDArray[np.bool_] | None,
) -> tuple[GroupCount, ...]:
    found: list[GroupCount] = []
    for column, values in subject.samples.groups.items():
        labels = np.array(values)[rows]
        for label in np.unique(labels).tolist():
            at = labels == label
            found.append(
                GroupCount(
                    column=column,
                    label=label,
                    n=int(at.sum()),
                    correct=None if right is None else right[:, at].sum(1),
                    flips=moved[:, at].sum(1),
                )
            )
    return tuple(found)


def ledger(sweep: Sweep, subject: Subject, pruned: Evaluation) -> FlipLedger:
    """Return for every sample what happened to its decision, now and over the sweep's grid.

    Args:
        sweep: of the plan; it holds the dense network's decisions.
        subject: the dense subject.
        pruned: the evaluation of the pruned network on the sweep's rows.
    """
    return _ledger(sweep, pruned, subject.task)


def flips(before: Subject, after: Subject, *, rows: NDArray[np.int64] | None = None) -> Flips:
    """Return the decisions that differ between two networks on the same samples.

    Args:
        before: usually the dense subject.
        after: usually a pruned copy of it.
        rows: samples to run, by default all or 2,000 by class share.

    Cost: one forward pass of each network over the rows.
    """
    dense = evaluate(before, rows=rows)
    return _flips(dense, evaluate(after, rows=rows, reference=dense), before.task)


def measure(subject: Subject, *, reference: Subject | None = None) -> tuple[Measurement, ...]:
    """Return the headline metric, the loss and what the network takes.

    Args:
        subject: dense or pruned.
        reference: the dense subject; adds the number of decisions that differ from it. Without
            one and without labels there is no headline metric for a pruned subject.

    Cost: one forward pass over the rows (two with a reference) and one pass over the weights.
    """
    dense = None if reference is None else evaluate(reference)
    run = evaluate(subject, reference=dense)
    found = _headline(subject, run, dense)
    if run.loss is not None:
        how = "mean over held-out samples"
        unit = "squared error" if subject.task.kind == "regression" else "nats"
        found.append(Measurement(key="loss", value=run.loss, unit=unit, n=run.n, how=how))
    if dense is not None:
        changed = len(_flips(dense, run, subject.task).changed)
        found.append(_share("decisions_changed", changed, run.n, "decisions unlike the reference"))
    return (*found, *size(subject))


def _headline(subject: Subject, run: Evaluation, dense: Evaluation | None) -> list[Measurement]:
    """Return the headline metric; nothing where it is agreement with an unknown network."""
    record = _meter(headline_metric(subject))
    if record.key == "agreement" and subject.pruned_by and dense is None:
        return []
    if record.key == "accuracy" and run.correct is not None:
        return [_share("accuracy", int(run.correct.sum()), run.n, "share of held-out samples")]
    how = "on held-out samples"
    return [Measurement(key=record.key, value=run.metric, unit=record.unit, n=run.n, how=how)]


def _share(key: str, hits: int, n: int, how: str) -> Measurement:
    low, high = wilson(hits, n)
    value = hits / n if n else float("nan")
    return Measurement(
        key=key, value=value, unit="share", n=n, how=f"{how}; Wilson 95 %", low=low, high=high
    )


def attribute(
    subject: Subject,
    method: str,
    *,
    sample: int = 0,
    target: int | None = None,
    baseline: str | None = None,
    options: Options = _NO_OPTIONS,
    seed: int = 0,
    samples: Samples | None = None,
    progress: Progress | None = None,
) -> Explanation:
    """Explain one output of a network for one sample: what each part of it adds to the output.

    Args:
        subject: dense or pruned; nothing in it changes.
        method: key of an attribution method.
        sample: row of the samples.
        target: the output to explain, by default the network's decision; give the same one where
            two networks are compared.
        baseline: key of the point where the method starts, by default the `usual_baseline`.
        options: parameters of the method.
        seed: for methods that draw at random.
        samples: take the row from here, a typed text say.
        progress: called with the share done; may raise to cancel.

    Returns:
        An `Explanation` of one row: `values` [1, *parts].

    Cost: the method's `passes`.

    Raises:
        What `explain.attribution.explain_rows` raises, which explains many rows at once.
    """
    return explain_rows(
        subject,
        method,
        [sample],
        targets=None if target is None else [target],
        baseline=baseline,
        options=options,
        seed=seed,
        samples=samples,
        progress=progress,
    )


_ROWS_OF_MODULES = 64
"""Samples that contributions rest on where none are chosen."""


def contributions(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
    progress: Progress | None = None,
) -> Contributions:
    """Return what each module adds to a logit, a probability or a loss: Shapley values.

    Args:
        subject: dense or pruned. To compare two networks give both the `targets` of the first.
        parts: the modules of one of them.
        sample: a single row.
        rows: many rows; by default, without a sample, 64 by class share.
        value: "logit", "probability" or "loss".
        targets: the output looked at, for all rows or for each; by default what the network
            decides.
        replacement: what stands for a hidden module: "zero", "mean" or "resample".
        seed: of orders and resampled samples.
        progress: called with the share done; may raise to cancel.

    Cost and errors: as `explain.decompose.contributions`.
    """
    return _contributions(
        subject,
        parts.labels,
        _rows_of(subject, sample, rows),
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
        progress=progress,
    )


def interactions(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
    progress: Progress | None = None,
) -> Interactions:
    """Return which modules add more together than apart, and which say the same.

    Args:
        subject: as in `contributions`, like everything else here.
        parts: the modules, two or more.
        sample: a single row.
        rows: many rows.
        value: "logit", "probability" or "loss".
        targets: the output looked at.
        replacement: what stands for a hidden module.
        seed: of everything drawn.
        progress: called with the share done; may raise to cancel.

    Cost and errors: as `explain.decompose.interactions`.
    """
    return _interactions(
        subject,
        parts.labels,
        _rows_of(subject, sample, rows),
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
        progress=progress,
    )


def conductances(
    subject: Subject,
    parts: Partition,
    *,
    sample: int | None = None,
    rows: Sequence[int] | NDArray[np.int64] | None = None,
    targets: Sequence[int] | NDArray[np.int64] | None = None,
    baseline: str | None = None,
    steps: int = 50,
    progress: Progress | None = None,
) -> tuple[Conductances, ...]:
    """Return layer by layer how much of an output's change passes through each module.

    Where everything on the way to the output passes a layer (a full cut), the conductances of its
    units add up to the change of the output from the baseline, and so do the modules' sums. Where
    something goes past it (a residual connection, attention) they would not, and the layer is
    left out with that reason.

    Args:
        subject: dense or pruned.
        parts: the modules.
        sample: a single row.
        rows: many rows; by default, without a sample, 64 by class share.
        targets: the output of each row; by default what the network decides.
        baseline: key of the point where the way starts, by default the `usual_baseline`.
        steps: points on the way.
        progress: called with the share done; may raise to cancel.

    Cost: 3 · (steps + 1) passes of each row for every layer that is a full cut.

    Raises:
        What `explain.attribution.explain_rows` raises, and whatever `progress` raises.

    Source: Dhamdhere et al. 2018, arXiv:1805.12233, equation 2, summed over units.
    """
    chosen, places = _rows_of(subject, sample, rows), cuts(subject)
    after = activation_after(subject.network)
    jobs = portions(progress, sum(after[layer] in places for layer in parts.labels) or 1)
    found = []
    for layer, owners in parts.labels.items():
        if after[layer] not in places:
            reason = _PAST.format(layer)
            found.append(Conductances(layer=layer, sums=None, gaps=None, reason=reason))
            continue
        why = explain_rows(
            subject,
            "layer-conductance",
            chosen,
            targets=targets,
            baseline=baseline,
            options={"layer": len(places) - places.index(after[layer]), "steps": steps},
            progress=next(jobs),
        )
        sums = _by_module(why.values, owners, parts.count)
        found.append(Conductances(layer=layer, sums=sums, gaps=why.gaps, reason=""))
    return tuple(found)


_PAST = "Something goes past {!r}: its conductances would not add up to what the output changes by."


def _by_module(
    values: NDArray[np.float64], owners: NDArray[np.int64], count: int
) -> NDArray[np.float64]:
    """Return values [n, units, places...] or [n, tokens, units] summed by module [n, K]."""
    units = values if values.shape[1] == len(owners) else values.swapaxes(1, -1)
    flat = units.reshape(len(values), len(owners), -1).sum(2)
    return np.stack([flat[:, owners == module].sum(1) for module in range(count)], axis=1)


def _rows_of(
    subject: Subject, sample: int | None, rows: Sequence[int] | NDArray[np.int64] | None
) -> NDArray[np.int64]:
    if sample is not None:
        return np.array([sample], np.int64)
    return (
        evaluation_rows(subject, _ROWS_OF_MODULES) if rows is None else np.asarray(rows, np.int64)
    )


def localised(
    subject: Subject,
    plan: PruningPlan,
    layer: str,
    *,
    recalibrated: bool = False,
    other_seed: Subject | None = None,
    rows: NDArray[np.int64] | None = None,
    tolerance: float = 0.02,
    progress: Progress | None = None,
) -> Claim:
    """Test the claim that a plan localises the feature maps of a layer.

    The pruned network is compared with the dense one and with two controls: random pruning at the
    amount whose metric comes nearest, and the untrained network. Where a second training is given,
    it is pruned by the same plan and must show the same gain over itself. Without labels the
    metric is the agreement with the network before pruning.

    Args:
        subject: the dense network.
        plan: how it is pruned.
        layer: a layer with feature maps.
        recalibrated: make the BatchNorm statistics of every pruned copy anew, the controls' too.
        other_seed: a second training of it; it is asked about the first one's samples.
        rows: samples to compare, see `localisation_claim`.
        tolerance: the loss of the metric that still compares.
        progress: called with the share done; may raise to cancel.

    Cost: one evaluation for each of 14 amounts of random pruning and of the networks compared, 3
    or 5, and what `localisation_claim` costs for 4 or 6; with recalibration, one pass over the
    calibration samples more for each pruned copy.

    Raises:
        What `score`, `recalibrate` and `localisation_claim` raise, and whatever `progress` raises.
        What cannot be compared is refused before the search for the amount of random pruning.
    """
    jobs = portions(progress, len(_TRIED) + (4 if other_seed is None else 6))

    def copy(of: Subject, plan: PruningPlan) -> Subject:
        found = prune(of, select(score(of, plan), plan))
        return recalibrate(found) if recalibrated else found

    def metric(of: Subject, reference: Evaluation) -> float:
        return evaluate(of, reference=reference, progress=next(jobs)).metric

    pruned = copy(subject, plan)
    dense = evaluate(subject, progress=next(jobs))
    metrics = {"dense": dense.metric, "pruned": metric(pruned, dense)}
    check_claim({"dense": subject, "pruned": pruned}, layer, metrics, rows=rows)
    controls = {"untrained": random_weights(subject, seed=plan.seed)}
    metrics["untrained"] = metric(controls["untrained"], dense)
    replications = {}
    if other_seed is not None:
        other = replace(other_seed, samples=subject.samples)
        replications["other seed"] = other, copy(other, plan)
        own = evaluate(other, progress=next(jobs))
        metrics["other seed, dense"] = own.metric
        metrics["other seed, pruned"] = metric(replications["other seed"][1], own)
    chance = replace(plan, criterion=_control(plan), threshold=None, overrides=())
    candidates = (copy(subject, chance.at(amount)) for amount in _TRIED)
    found, reached = _nearest(candidates, partial(metric, reference=dense), metrics["pruned"])
    return localisation_claim(
        subject,
        pruned,
        {"random pruning": found, **controls},
        layer,
        {**metrics, "random pruning": reached},
        replications=replications,
        rows=rows,
        tolerance=tolerance,
        progress=next(jobs),
    )


def _control(plan: PruningPlan) -> str:
    """Return the random control of the same kind of entry."""
    granularity = criterion(plan.criterion).granularity
    return next(r.key for r in CRITERIA if r.seeded and r.granularity == granularity)


_TRIED = (0.0125, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def _nearest(
    candidates: Iterable[Subject], metric: Callable[[Subject], float], wanted: float
) -> tuple[Subject, float]:
    """Return the network whose metric comes nearest, the first of equal ones, and its metric."""
    measured = ((found, metric(found)) for found in candidates)
    return min(measured, key=lambda pair: _distance(pair[1], wanted))


def _distance(metric: float, wanted: float) -> float:
    """Return how far apart two metrics are; a metric that is no number is furthest."""
    return abs(metric - wanted) if math.isfinite(metric) else math.inf


def network_view(
    subject: Subject, scores: ScoreSet, plan: PruningPlan, *, layer: str | None = None
) -> NetworkView:
    """Return what to draw of a network and when each connection dies, under a fixed budget.

    One view serves every amount of the plan: a connection is gone when the number of pruned
    entries reaches its rank. When whole units die, their outgoing connections go with them if what
    they put out is then exactly 0.

    Args:
        subject: the dense subject.
        scores: of the plan's criterion.
        plan: its amount plays no part; scope, overrides and protection do.
        layer: open this layer (with what feeds it) instead of the whole network.

    Raises:
        UnknownKey: there is no such layer.
    """
    network = subject.network
    drawn = drawing(network, subject.spec, subject.task, layer=layer)
    ranks = _weight_ranks(scores, plan)
    found = edges(network, drawn, ranks)
    deaths = unit_deaths(network, drawn, found, ranks)
    if scores.granularity == "unit":
        found = silence(network, drawn, found, deaths)
    sizes = groups(scores, plan)
    arrays = (found.source, found.target, found.dies_at, found.weight, found.thins_at, deaths)
    return NetworkView(
        sig=signature(subject.fingerprint, drawn.layers, sizes, scores.granularity, *arrays),
        layers=drawn.layers,
        source=found.source,
        target=found.target,
        dies_at=found.dies_at,
        weight=found.weight,
        strength=found.strength,
        count=found.count,
        thins_at=found.thins_at,
        unit_dies_at=deaths,
        entry="unit" if scores.granularity == "unit" else "connection",
        groups=sizes,
        fixed_pruned=fixed_pruned(scores, plan),
        prunable=scores.entries,
        edges_total=found.total,
        weights_total=scores.weights,
    )


def _weight_ranks(scores: ScoreSet, plan: PruningPlan) -> dict[str, NDArray[np.uint32]]:
    """Return the rank of every weight; a weight dies with its unit where whole units die."""
    ranks = death_ranks(scores, plan)
    if scores.granularity == "weight":
        return ranks
    sizes = {t.name: math.prod(t.shape) // max(1, t.entries) for t in scores.tensors}
    return {name: found.repeat(sizes[name]) for name, found in ranks.items()}
