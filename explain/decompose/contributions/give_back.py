"""give_back: which part of what pruning took caused the decisions that changed?"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.contributions import GiveBack, GivenBack
from explain.core.decisions import decisions, differ
from explain.core.errors import InvalidSubject, Refused
from explain.core.intervals import wilson
from explain.core.provenance import origin
from explain.core.resources import Progress, counted
from explain.core.subject import Subject, need_rows
from explain.decompose.contributions.hiding import Labels, module_count
from explain.network import Lifted, batch_norm_after, prunable_layers
from explain.network.layout import require_lifted

Build = Callable[[Subject, Mapping[str, Tensor]], Subject]
"""Returns a subject like the pruned one with some tensors replaced."""

Masks = dict[str, Tensor]
"""Tensor name -> which of its numbers belong to a part."""


def with_tensors(subject: Subject, tensors: Mapping[str, Tensor]) -> Subject:
    """Return the subject over a copy of its network in which these tensors are replaced."""
    return replace(subject, network=subject.network.with_parameters(tensors))


def give_back(
    dense: Subject,
    pruned: Subject,
    labels: Labels | None = None,
    *,
    names: Sequence[str] = (),
    rows: NDArray[np.int64] | None = None,
    build: Build = with_tensors,
    progress: Progress | None = None,
) -> GiveBack:
    """Restore the dense weights of one part at a time and count the decisions that come right.

    A part is a module: what goes into its units (their rows of weights and biases, and their
    BatchNorm); or, without labels, a layer. What belongs to no module is given back layer by
    layer. Parts that pruning left as they were are left out.

    Args:
        dense: the network before.
        pruned: the network after: masked, repaired or fine-tuned, of the same structure.
        labels: layer -> module of each unit; None gives back whole layers.
        names: of the modules, by default "module 1" and so on.
        rows: samples to look at, by default all.
        build: how to make a subject out of the pruned one and restored tensors.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: one forward pass of the rows for each part, and three more.

    Raises:
        InvalidSubject: networks of different structure, or no rows.
        Refused: nothing was pruned, or there are no data.
        Whatever `progress` raises.

    Source: restoring one part at a time is activation patching's idea (Meng et al. 2022,
    arXiv:2202.05262) on weights. Differs: weights, not activations, so that the repaired network
    exists.
    """
    started = time.perf_counter()
    _check_kinship(dense, pruned, labels)
    pruned = replace(pruned, samples=dense.samples)
    need_rows(dense.samples)
    chosen = np.arange(dense.samples.count) if rows is None else np.asarray(rows, np.int64)
    if len(chosen) == 0:
        raise InvalidSubject("decompose.no_rows")
    scene = _scene(dense, pruned, chosen)
    parts = _parts(require_lifted(dense.network), scene.changed_numbers, labels, names)
    if not parts:
        raise Refused("decompose.same_weights")
    answers = [
        decisions(build(pruned, _restored(scene, masks)), chosen)
        for masks in counted([*parts.values(), scene.changed_numbers], progress)
    ]
    found = [
        _judged(part, masks, scene, decided)
        for (part, masks), decided in zip(parts.items(), answers, strict=False)
    ]
    whole = answers[-1]
    ranked = tuple(sorted(found, key=lambda part: (-part.repaired, part.restored)))
    repaired = int((scene.flipped & ~differ(scene.dense, whole, dense.task)).sum())
    return GiveBack(
        changed=chosen[scene.flipped],
        parts=ranked,
        all_repaired=repaired,
        provenance=origin(pruned, started),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """Both networks' tensors, which numbers differ, both decisions [n], which of them differ."""

    subject: Subject
    before: Mapping[str, Tensor]
    after: Mapping[str, Tensor]
    changed_numbers: Masks
    dense: NDArray[np.float64]
    flipped: NDArray[np.bool_]


def _check_kinship(dense: Subject, pruned: Subject, labels: Labels | None) -> None:
    if labels is not None:
        module_count(labels)
    if dense.network.steps != pruned.network.steps:
        raise InvalidSubject("decompose.other_structure")


def _scene(dense: Subject, pruned: Subject, rows: NDArray[np.int64]) -> _Scene:
    before, after = dense.network.weights(), pruned.network.weights()
    first = decisions(dense, rows)
    second = decisions(pruned, rows)
    return _Scene(
        subject=dense,
        before=before,
        after=after,
        changed_numbers={
            name: before[name] != after[name]
            for name in before
            if not torch.equal(before[name], after[name])
        },
        dense=first,
        flipped=differ(first, second, dense.task),
    )


def _parts(
    network: Lifted, changed: Masks, labels: Labels | None, names: Sequence[str]
) -> dict[str, Masks]:
    """Return for each part which of the changed numbers are its own."""
    norms = batch_norm_after(network)
    parts: dict[str, Masks] = {}
    left = dict(changed)
    for layer, owners in (labels or {}).items():
        for name in _tensors_of((layer, norms.get(layer)), left, len(owners)):
            mask = left.pop(name)
            for module in np.unique(owners):
                rows = torch.from_numpy(owners == module)
                own = mask & rows.reshape(-1, *[1] * (mask.dim() - 1))
                if module < 0:
                    left[name] = own
                    continue
                part = names[module] if names else f"module {module + 1}"
                parts.setdefault(part, {})[name] = own
    for name, mask in left.items():
        parts.setdefault(_layer_of(network, name, norms), {})[name] = mask
    kept = {part: {n: m for n, m in masks.items() if m.any()} for part, masks in parts.items()}
    return {part: masks for part, masks in kept.items() if masks}


def _tensors_of(owners: tuple[str | None, ...], left: Masks, units: int) -> list[str]:
    """Return the changed tensors of a layer and its BatchNorm that have a row for each unit."""
    return [
        name
        for name, mask in left.items()
        if name.rpartition(".")[0] in owners and mask.dim() and len(mask) == units
    ]


def _layer_of(network: Lifted, name: str, norms: Mapping[str, str | None]) -> str:
    """Return the layer a tensor belongs to; a BatchNorm's is that of the layer before it."""
    owner = name.rpartition(".")[0]
    return next((n for n in prunable_layers(network) if norms.get(n) == owner), owner)


def _restored(scene: _Scene, masks: Masks) -> dict[str, Tensor]:
    return {
        name: torch.where(mask, scene.before[name], scene.after[name])
        for name, mask in masks.items()
    }


def _judged(part: str, masks: Masks, scene: _Scene, answers: NDArray[np.float64]) -> GivenBack:
    right = ~differ(scene.dense, answers, scene.subject.task)
    flipped = int(scene.flipped.sum())
    repaired = int((scene.flipped & right).sum())
    low, high = wilson(repaired, flipped)
    return GivenBack(
        part=part,
        restored=sum(int(mask.sum()) for mask in masks.values()),
        repaired=repaired,
        share=repaired / flipped if flipped else float("nan"),
        low=low,
        high=high,
        broken=int((~scene.flipped & ~right).sum()),
    )
