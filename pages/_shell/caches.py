"""What all pages share: networks, scores, masks, and what is measured on them."""

from dataclasses import replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

import explain
import models
from explain import (
    Evaluation,
    MaskSet,
    Measurement,
    NetworkView,
    PruningPlan,
    Refused,
    ScoreSet,
    Subject,
    Sweep,
)
from explain.core import Another, Compared, Comparison, Masked, Progress, portions
from explain.core.messages import Message, say
from explain.features import Arithmetic, arithmetic, unit_values
from explain.figures import bend, thumbnail
from explain.measure import evaluation_rows, metric_interval, metric_resamples
from explain.measure import metric_change as measured_change
from explain.network import severed_at
from explain.pruning import heard_units, mended, repair_work, scored_by, unfolded
from explain.study import CURVE, GRID, left_beside
from pages._components.network_graph.wire import pack
from pages._shell import loaded
from pages._shell.kept import HEAVY, MODELS, kept, with_progress

_A_SECOND = 2e10
"""Multiply-adds of a repair in a second of one core."""

_QUICK, _PATIENCE = 1.0, 40.0
"""Seconds from which work says how far it is, and that a curve of all amounts may take."""


@kept(size=MODELS, most=HEAVY)
def _built_in(model: str, seed: int) -> Subject:
    with st.spinner(say("shell.loading_network")):
        return models.load_demo(model, seed=seed)


def subject(model: str, seed: int = 1) -> Subject:
    """Return a model as it is, and its data.

    Raises:
        NotLoaded: it is a file's, and this session has not loaded it or it made room for others.
        Refused: there is no such training of it.
    """
    return loaded.loaded_subject(model) if loaded.is_key(model) else _built_in(model, seed)


def plainly(network: Compared) -> Compared:
    """Return the model itself for a plan that takes nothing from it: what is known is looked up."""
    how = network.how
    if not isinstance(how, Masked) or how.mended:
        return network
    found = masks(network.model, how.plan)
    return Compared(model=network.model) if found.kept == found.total else network


def subject_of(network: Compared) -> Subject:
    """Return one network of a comparison, with the samples that both answer.

    Raises:
        NotLoaded: as in `subject`.
        Refused: the two networks cannot be compared.
    """
    match network.how:
        case None:
            return subject(network.model)
        case Masked() as how:
            return _masked(network.model, how)
        case Another() as how:
            return _another(network.model, how)


@kept(size=24, most=HEAVY)
def _masked(model: str, how: Masked) -> Subject:
    dense = subject(model)
    copy = explain.prune(dense, masks(model, how.plan))
    quick = not how.repaired or repair_seconds(model) <= _QUICK
    return with_progress(
        say("panels.repair.doing"),
        lambda progress: mended(copy, how, dense, progress),
        ready=quick,
    )


@kept(size=MODELS)
def repair_seconds(model: str) -> float:
    """Return about how long the repair of a copy takes."""
    return repair_work(subject(model)) / _A_SECOND


def _another(model: str, how: Another) -> Subject:
    dense = subject(model)
    try:
        other = subject(how.model, how.seed)
    except loaded.NotLoaded as error:
        raise Refused("comparison.gone") from error
    return explain.beside(dense, other)


@kept(size=24, most=HEAVY)
def _left_beside(model: str, how: Another) -> tuple[MaskSet, str | Message | None]:
    dense = subject(model)
    try:
        return left_beside(dense, _another(model, how)), None
    except Refused as refused:
        nothing = PruningPlan()
        return explain.select(explain.score(dense, nothing), nothing), refused.messages[0]


def left(comparison: Comparison) -> MaskSet:
    """Return what the other network has of the dense one's connections.

    All of them where the units of the two cannot be matched; see `unmatched`.
    """
    how = comparison.how
    if isinstance(how, Masked):
        return masks(comparison.dense, how.plan)
    return _left_beside(comparison.dense, how)[0]


def unmatched(comparison: Comparison) -> str | Message | None:
    """Return why units of the two networks cannot be matched, None where they can."""
    how = comparison.how
    return None if isinstance(how, Masked) else _left_beside(comparison.dense, how)[1]


@kept(size=4096)
def picture_of(model: str, sample: int) -> str:
    """Return the thumbnail of an image sample."""
    spec, images = subject(model).spec, subject(model).samples.inputs[0]
    return thumbnail(images[sample].numpy(), spec.low, spec.high)


def _scored(model: str, plan: PruningPlan) -> tuple[str, PruningPlan]:
    """Return what scores depend on; amount and overrides play no part."""
    return model, scored_by(plan)


@kept(size=96, most=HEAVY, key=_scored)
def scores(model: str, plan: PruningPlan) -> ScoreSet:
    """Return the ranked scores of a plan's criterion."""
    return explain.score(subject(model), plan)


@kept(size=256, most=HEAVY)
def masks(model: str, plan: PruningPlan) -> MaskSet:
    """Return what a plan keeps."""
    return explain.select(scores(model, plan), plan)


@kept(size=MODELS, most=HEAVY)
def other_seed(model: str) -> Subject | None:
    """Return the second training of a network, None where there is none."""
    if loaded.is_key(model):
        return None
    try:
        return subject(model, 2)
    except Refused:
        return None


@kept(size=MODELS)
def dense(model: str) -> Evaluation:
    """Return the evaluation of the dense network."""
    return explain.evaluate(subject(model))


@kept(size=512)
def run_with_outputs(network: Compared) -> Evaluation:
    """Return the evaluation of a network with all that it puts out."""
    return explain.evaluate(subject_of(network), reference=dense(network.model))


def evaluated(network: Compared) -> Evaluation:
    """Return the evaluation of a network: looked up on the sweep's grid, else computed once.

    The two are equal bit for bit; what is looked up has no outputs.
    """
    how = network.how
    if not isinstance(how, Masked) or how.plan.amount not in grid(network.model, how):
        return run_with_outputs(network)
    if not sweep.ready(network.model, how):
        return run_with_outputs(network)
    found = sweep(network.model, how)
    return found.run(int(np.searchsorted(found.amounts, how.plan.amount)))


@kept(size=MODELS)
def _resamples(model: str) -> NDArray[np.float64]:
    return metric_resamples(subject(model), dense(model), dense(model))


@kept(size=512)
def metric_change(comparison: Comparison) -> Measurement:
    """Return the change of the metric with its interval, paired by sample."""
    model, other = comparison.dense, run_with_outputs(comparison.after)
    resamples = _resamples(model) if other.n > 1 else None
    return measured_change(subject(model), dense(model), other, resamples=resamples)


@kept(size=8)
def run_on_all(
    comparison: Comparison, progress: Progress | None = None
) -> tuple[Evaluation, Evaluation]:
    """Return the evaluations of both networks on every sample there is."""
    before, after = (subject_of(one) for one in (comparison.before, comparison.after))
    rows = evaluation_rows(before, limit=None)
    half, rest = portions(progress, 2)
    first = explain.evaluate(before, rows=rows, progress=half)
    return first, explain.evaluate(after, rows=rows, reference=first, progress=rest)


@kept(size=512)
def swept(model: str, plan: PruningPlan) -> PruningPlan:
    """Return the plan that a sweep varies: its scope resolved, its seed 0 where none is used."""
    found = masks(model, plan)
    return replace(found.plan.at(0.0), seed=found.scores.seed)


def grid(model: str, how: Masked) -> tuple[float, ...]:
    """Return the amounts of a sweep: fewer where every copy is repaired and that takes long."""
    slow = how.repaired and repair_seconds(model) * len(GRID) > _PATIENCE
    return CURVE if slow else GRID


def _swept(model: str, how: Masked) -> tuple[str, Masked]:
    return model, replace(how, plan=swept(model, how.plan))


@kept(size=256, key=_swept)
def sweep(model: str, how: Masked, progress: Progress | None = None) -> Sweep:
    """Return the sweep of a plan over the grid of amounts; `progress` may raise to cancel."""
    return explain.sweep(
        subject(model),
        how.plan,
        grid(model, how),
        scores=scores(model, how.plan),
        recalibrated=how.recalibrated,
        folded=how.folded,
        repaired=how.repaired,
        progress=progress,
    )


@kept(size=256, key=_swept)
def bend_of(model: str, how: Masked) -> float:
    """Return the last amount before the metric leaves its interval in the dense network."""
    low, _ = metric_interval(subject(model), dense(model))
    return bend(sweep(model, how), low)


def _drawn(comparison: Comparison, layer: str) -> tuple[Comparison, str]:
    """Return the plan without its amount; a threshold compares across layers, so it has its own."""
    how = comparison.how
    if not isinstance(how, Masked):
        return comparison, layer
    plan = how.plan.below(0.0) if how.plan.threshold is not None else how.plan.at(0.0)
    return replace(comparison, how=Masked(plan=plan)), layer


@kept(size=64, key=_drawn)
def _drawing(comparison: Comparison, layer: str) -> tuple[NetworkView, bytes]:
    how = comparison.how
    if isinstance(how, Masked):
        plan, ranked = how.plan, scores(comparison.dense, how.plan)
    else:
        plan, ranked = PruningPlan(), left(comparison).scores
    dense = subject(comparison.dense)
    view = explain.network_view(dense, ranked, plan, layer=layer or None)
    return view, pack(view)


def drawing(comparison: Comparison, layer: str) -> NetworkView:
    """Return what to draw of the dense network and when each connection dies on the way."""
    return _drawing(comparison, layer)[0]


def payload(comparison: Comparison, layer: str) -> bytes:
    """Return the drawing as the bytes that the browser decodes."""
    return _drawing(comparison, layer)[1]


@kept(size=256)
def values(network: Compared, sample: int) -> dict[str, list[float]]:
    """Return what every unit of a network puts out for one sample, by layer."""
    found = unit_values(subject_of(network), sample)
    return {layer: units.tolist() for layer, units in found.items()}


@kept(size=256)
def size(network: Compared) -> dict[str, float]:
    """Return what a network takes, by measurement key."""
    return {found.key: found.value for found in explain.size(subject_of(network))}


@kept(size=256)
def heard(model: str, how: Masked) -> dict[str, int]:
    """Return how many removed units of each layer later layers still read something of."""
    return heard_units(subject_of(Compared(model=model, how=how)), masks(model, how.plan))


@kept(size=256)
def not_folded(model: str, how: Masked) -> tuple[Message, ...]:
    """Return why what removed units still say stays where it is, once for each layer that hears."""
    return tuple(unfolded(subject_of(Compared(model=model, how=how))).values())


@kept(size=256)
def severed(network: Compared) -> tuple[str, ...]:
    """Return the layers of a network at which every way from input to answer is cut."""
    return severed_at(subject_of(network).network)


def unit_arithmetic(
    comparison: Comparison, layer: str, unit: int, sample: int
) -> tuple[Arithmetic, Arithmetic]:
    """Return the arithmetic of one unit in both networks, at the same position."""
    first = arithmetic(subject_of(comparison.before), layer, unit, sample)
    after = subject_of(comparison.after)
    return first, arithmetic(after, layer, unit, sample, at=first.at)
