"""What all sessions share, by content key: subjects, scores, sweeps, evaluations, drawings."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st

import explain
import models
from explain import (
    Evaluation,
    MaskSet,
    Measurement,
    NetworkView,
    PruningPlan,
    ScoreSet,
    Subject,
    Sweep,
)
from explain.core.progress import Progress, portions
from explain.features import Arithmetic, arithmetic, unit_values
from explain.figures import thumbnail
from explain.measure import evaluation_rows
from explain.pruning import criterion
from explain.study import GRID
from pages._components.network_graph.wire import pack
from pages._shell import loaded
from pages._shell.shelf import Shelf

__all__ = [
    "dense",
    "drawing",
    "forget",
    "masks",
    "other_seed",
    "payload",
    "picture_of",
    "pruned",
    "run",
    "run_on_all",
    "size",
    "subject",
    "sweep",
    "sweep_is_ready",
    "unit_arithmetic",
    "values",
]


_HEAVY = 1_000_000_000
"""Bytes that all scores together, and all pruned copies together, may take."""


@st.cache_resource(show_spinner="Loading the network …", max_entries=16)
def _built_in(model: str) -> Subject:
    return models.load_demo(model)


def subject(model: str) -> Subject:
    """Return the dense network and its data.

    Raises:
        NotLoaded: it is a file's, and this session has not loaded it or it made room for others.
    """
    return loaded.subject(model) if loaded.is_key(model) else _built_in(model)


def forget(model: str) -> None:
    """Drop what takes most memory of a model that nobody looks at any more."""
    _scores().forget(lambda key: isinstance(key, tuple) and key[0] == model)
    _copies().forget(lambda key: isinstance(key, tuple) and key[0] == model)


@lru_cache(maxsize=4096)
def picture_of(model: str, sample: int) -> str:
    """Return the thumbnail of an image sample."""
    spec, images = subject(model).spec, subject(model).samples.inputs[0]
    return thumbnail(images[sample].numpy(), spec.low, spec.high)


@st.cache_resource(show_spinner=False)
def _scores() -> Shelf[ScoreSet]:
    return Shelf(size=96, weigh=_bytes_of_scores, most=_HEAVY)


def _bytes_of_scores(found: ScoreSet) -> int:
    arrays = [(tensor.ranked, tensor.order, tensor.values) for tensor in found.tensors]
    return sum(int(one.nbytes) for three in arrays for one in three if one is not None)


def scores(model: str, plan: PruningPlan) -> ScoreSet:
    """Return the ranked scores of a plan's criterion; amount and overrides play no part."""
    record = criterion(plan.criterion)
    scope = "row" if plan.scope == "row" and "row" in record.scopes else record.scopes[0]
    seed = plan.seed if record.seeded else 0
    asked = PruningPlan(
        criterion=plan.criterion, granularity=plan.granularity, scope=scope, seed=seed
    )
    return _scores().get((model, asked.to_json()), lambda: explain.score(subject(model), asked))


def masks(model: str, plan: PruningPlan) -> MaskSet:
    """Return what a plan keeps."""
    return explain.select(scores(model, plan), plan)


@st.cache_resource(show_spinner=False)
def _copies() -> Shelf[Subject]:
    return Shelf(size=24, weigh=loaded.bytes_of_weights, most=_HEAVY)


def _pruned(model: str, plan: str, recalibrated: bool) -> Subject:  # noqa: FBT001 - part of a key
    return _copies().get((model, plan, recalibrated), lambda: _prune(model, plan, recalibrated))


def _prune(model: str, plan: str, recalibrated: bool) -> Subject:  # noqa: FBT001 - part of a key
    found = explain.prune(subject(model), masks(model, PruningPlan.from_json(plan)))
    return explain.recalibrate(found) if recalibrated else found


def pruned(model: str, plan: PruningPlan, *, recalibrated: bool = False) -> Subject:
    """Return the masked copy of a plan, on demand with its BatchNorm statistics made anew."""
    return _pruned(model, plan.to_json(), recalibrated)


@st.cache_resource(show_spinner=False, max_entries=8)
def other_seed(model: str) -> Subject | None:
    """Return the second training of a network, None where there is none."""
    if loaded.is_key(model):
        return None
    try:
        return models.load_demo(model, seed=2)
    except explain.Refused:
        return None


@st.cache_resource(show_spinner=False, max_entries=16)
def dense(model: str) -> Evaluation:
    """Return the evaluation of the dense network."""
    return explain.evaluate(subject(model))


@st.cache_resource(show_spinner=False, max_entries=512)
def _run(model: str, plan: str, recalibrated: bool) -> Evaluation:  # noqa: FBT001 - part of a key
    return explain.evaluate(_pruned(model, plan, recalibrated), reference=dense(model))


def run(model: str, plan: PruningPlan, *, recalibrated: bool = False) -> Evaluation:
    """Return the evaluation of a plan: looked up on the sweep's grid, else computed once.

    The two are equal bit for bit; what is looked up has no outputs.
    """
    if plan.amount in GRID and not recalibrated and sweep_is_ready(model, plan):
        return _looked_up(sweep(model, plan), plan.amount)
    return _run(model, plan.to_json(), recalibrated)


def _looked_up(found: Sweep, amount: float) -> Evaluation:
    at = int(np.searchsorted(found.amounts, amount))
    return Evaluation(
        outputs=None,
        decisions=found.decisions[at],
        correct=None if found.correct is None else found.correct[at],
        metric=float(found.metric[at]),
        loss=None if found.loss is None else float(found.loss[at]),
        n=found.decisions.shape[1],
    )


@st.cache_resource(show_spinner=False)
def _everything() -> Shelf[tuple[Evaluation, Evaluation]]:
    return Shelf(size=8)


def run_on_all(
    model: str, plan: PruningPlan, progress: Progress, *, recalibrated: bool = False
) -> tuple[Evaluation, Evaluation]:
    """Return the evaluations of the dense and the pruned network on every sample there is."""

    def make() -> tuple[Evaluation, Evaluation]:
        rows = evaluation_rows(subject(model), limit=None)
        half, rest = portions(progress, 2)
        first = explain.evaluate(subject(model), rows=rows, progress=half)
        return first, explain.evaluate(
            pruned(model, plan, recalibrated=recalibrated),
            rows=rows,
            reference=first,
            progress=rest,
        )

    return _everything().get((model, plan.to_json(), recalibrated), make)


@st.cache_resource(show_spinner=False)
def _sweeps() -> Shelf[Sweep]:
    return Shelf(size=256)


def _swept(model: str, plan: PruningPlan) -> PruningPlan:
    """Return the plan that a sweep varies: its scope resolved, its seed 0 where none is used."""
    found = masks(model, plan)
    return replace(found.plan.at(0.0), seed=found.scores.seed)


def sweep_is_ready(model: str, plan: PruningPlan) -> bool:
    """Return whether the sweep of a plan is there already."""
    return (model, _swept(model, plan).to_json()) in _sweeps()


def sweep(model: str, plan: PruningPlan, progress: Progress | None = None) -> Sweep:
    """Return the sweep of a plan over the grid of amounts; `progress` may raise to cancel."""
    swept = _swept(model, plan)
    return _sweeps().get(
        (model, swept.to_json()),
        lambda: explain.sweep(
            subject(model), swept, scores=scores(model, swept), progress=progress
        ),
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _drawing(model: str, plan: str, layer: str) -> tuple[NetworkView, bytes]:
    chosen = PruningPlan.from_json(plan)
    view = explain.network_view(subject(model), scores(model, chosen), chosen, layer=layer or None)
    return view, pack(view)


def drawing(model: str, plan: PruningPlan, layer: str) -> NetworkView:
    """Return what to draw of a network and when each connection dies under this kind of plan."""
    return _drawing(model, _kind(plan), layer)[0]


def payload(model: str, plan: PruningPlan, layer: str) -> bytes:
    """Return the drawing as the bytes that the browser decodes."""
    return _drawing(model, _kind(plan), layer)[1]


def _kind(plan: PruningPlan) -> str:
    """Return the plan without its amount; a threshold compares across layers, so it has its own."""
    return plan.below(0.0).to_json() if plan.threshold is not None else plan.at(0.0).to_json()


@st.cache_resource(show_spinner=False, max_entries=256)
def _values(model: str, plan: str, recalibrated: bool, sample: int) -> dict[str, list[float]]:  # noqa: FBT001 - part of a key
    found = unit_values(_pruned(model, plan, recalibrated), sample)
    return {layer: units.tolist() for layer, units in found.items()}


def values(
    model: str, plan: PruningPlan, sample: int, *, recalibrated: bool = False
) -> dict[str, list[float]]:
    """Return what every unit of the pruned network puts out for one sample, by layer."""
    return _values(model, plan.to_json(), recalibrated, sample)


@st.cache_resource(show_spinner=False, max_entries=256)
def _size(model: str, plan: str) -> tuple[Measurement, ...]:
    return explain.size(_pruned(model, plan, recalibrated=False))


def size(model: str, plan: PruningPlan) -> dict[str, float]:
    """Return what the pruned network takes, by measurement key."""
    return {found.key: found.value for found in _size(model, plan.to_json())}


def unit_arithmetic(
    model: str,
    plan: PruningPlan,
    layer: str,
    unit: int,
    sample: int,
    *,
    recalibrated: bool = False,
) -> tuple[Arithmetic, Arithmetic]:
    """Return the arithmetic of one unit in the dense and in the pruned network."""
    return (
        arithmetic(subject(model), layer, unit, sample),
        arithmetic(pruned(model, plan, recalibrated=recalibrated), layer, unit, sample),
    )
