"""score: rank everything that a criterion can prune, once."""

import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidPlan, NonFinite, Refused
from explain.core.plan import PruningPlan
from explain.core.records import Criterion
from explain.core.scores import Ranked, ScoreSet
from explain.core.subject import Subject
from explain.network import layer_of
from explain.pruning.catalog import criterion
from explain.pruning.identity import identity
from explain.pruning.scopes import resolve
from explain.pruning.units import companions_of, unit_weights

__all__ = ["score"]


def score(subject: Subject, plan: PruningPlan) -> ScoreSet:
    """Score and rank all prunable entries of a subject by the plan's criterion.

    Slow and done once: about 35 ns per weight for the sort, plus the criterion's own passes. The
    amount, threshold, overrides and protected layers of the plan play no part, so one ScoreSet
    serves every position of the slider.

    Raises:
        UnknownKey: no such criterion.
        InvalidPlan: the criterion scores units and the plan asks for weights, or the reverse.
        Refused: the criterion cannot serve this subject (the reason says why).
        NonFinite: a weight or a score is NaN or infinite; the message names the tensor.
    """
    started = time.perf_counter()
    record = criterion(plan.criterion)
    _check_granularity(record, plan)
    _check_fit(record, subject)
    names = _weights(subject, plan.granularity)
    _check_weights(subject, names)
    grouping = "row" if resolve(record, plan).scope == "row" else "tensor"
    scored = record.function(subject, names, plan.seed)
    tensors = tuple(_ranked(subject, record, name, scored[name], grouping) for name in names)
    return ScoreSet(
        criterion=record.key,
        granularity="weight" if plan.granularity == "weight" else "unit",
        grouping=grouping,
        seed=plan.seed if record.seeded else 0,
        subject=identity(subject),
        tensors=tensors,
        fixed=_fixed(subject, names),
        seconds=time.perf_counter() - started,
    )


def _check_granularity(record: Criterion, plan: PruningPlan) -> None:
    asked = "weight" if plan.granularity == "weight" else "unit"
    if asked != record.granularity:
        raise InvalidPlan(
            f"{record.title} scores every {record.granularity}, the plan prunes by {asked}.",
            hint=f"Set granularity={record.granularity!r}.",
        )


def _check_fit(record: Criterion, subject: Subject) -> None:
    reason = record.fits(subject)
    if reason is not None:
        raise Refused(f"{record.title} cannot be used here. {reason}", hint="Try magnitude.")


def _weights(subject: Subject, granularity: str) -> tuple[str, ...]:
    if granularity == "weight":
        return subject.network.prunable
    return unit_weights(subject, granularity)


def _fixed(subject: Subject, names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    others = (name for name in subject.network.prunable if name not in names)
    return tuple((name, subject.network.get_parameter(name).numel()) for name in others)


def _check_weights(subject: Subject, names: tuple[str, ...]) -> None:
    for name in names:
        if not torch.isfinite(subject.network.get_parameter(name)).all():
            raise NonFinite.inside("weight", name)


def _ranked(
    subject: Subject, record: Criterion, name: str, values: Tensor | None, grouping: str
) -> Ranked:
    weight = subject.network.get_parameter(name).detach()
    if values is not None and not torch.isfinite(values).all():
        raise NonFinite.inside("score", name)
    magnitudes = weight.abs() if values is None else values
    rows = len(weight) if grouping == "row" else 1
    ranked, order = rank(magnitudes.reshape(rows, -1) if magnitudes.numel() else _empty(rows))
    if record.normalise is not None:
        ranked = np.stack([record.normalise(torch.from_numpy(row)).numpy() for row in ranked])
    ranked.flags.writeable = order.flags.writeable = False
    units = record.granularity == "unit"
    return Ranked(
        name=name,
        layer=layer_of(name),
        shape=tuple(weight.shape),
        values=None if values is None else values.detach(),
        ranked=ranked,
        order=order,
        companions=companions_of(subject, name) if units else (),
    )


def _empty(rows: int) -> Tensor:
    return torch.zeros(max(1, rows), 0)


def rank(scores: Tensor) -> tuple[NDArray[np.floating], NDArray[np.uint32]]:
    """Sort each row of scores ascending; equal scores stand by flat index.

    Args:
        scores: [groups, size], finite and not negative, float64 or anything narrower.

    Returns:
        The sorted scores and the flat (row-major) index of each, both [groups, size].
    """
    groups, size = scores.shape
    flat = np.arange(groups * size, dtype=np.uint64).reshape(groups, size)
    if scores.dtype == torch.float64:
        values = scores.numpy() + 0.0
        order = np.argsort(values, axis=1, kind="stable")
        return np.take_along_axis(values, order, 1), np.take_along_axis(
            flat.astype(np.uint32), order, 1
        )
    return _rank_packed((scores.float() + 0.0).numpy(), flat)


def _rank_packed(
    values: NDArray[np.float32], flat: NDArray[np.uint64]
) -> tuple[NDArray[np.floating], NDArray[np.uint32]]:
    """Sort by (score, index) as one integer: the bits of a positive float order like the float."""
    packed = np.ascontiguousarray(values).view(np.uint32).astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= flat
    packed.sort(axis=1)
    halves = packed.view(np.uint32).reshape(*packed.shape, 2)
    return halves[..., 1].copy().view(np.float32), halves[..., 0].copy()
