"""repair: the weights that are left, refit to what the dense network's layers put out."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.errors import InvalidOption, InvalidSubject, Refused
from explain.core.messages import Message
from explain.core.network import Step
from explain.core.resources import Progress, counted
from explain.core.subject import Samples, Subject, check_rows, spread_rows
from explain.network.layout import require_lifted
from explain.network.lifted import Lifted
from explain.network.steps import last_uses, references, run_step
from explain.pruning.masking import comes_from, history
from explain.pruning.refittable import refittable, repair_refusal
from explain.pruning.refitting import NormalEquations
from explain.pruning.unfolding import (
    from_unit_rows,
    unfolded_inputs,
    unfolded_numbers,
    unfolded_outputs,
    unit_rows,
)

REPAIR_ROWS = 1_024
"""Calibration samples used, at most, by default."""

RIDGE = 1e-3
"""How much a change of weights costs, beside the mean square of what they are multiplied with."""

_PASSES = 5
_RIDGES = (1e-6, 1e3)
_BATCH = 64
_VALUES = 2**25
_UNFOLDED = 2**23


def repair(
    pruned: Subject,
    dense: Subject,
    *,
    rows: NDArray[np.int64] | None = None,
    ridge: float = RIDGE,
    progress: Progress | None = None,
) -> Subject:
    """Return a copy whose remaining weights make up, layer by layer, for those that went.

    Layers are taken in the order in which they run. Each reads what the layers repaired before it
    put out, and its weights that are not 0, with its bias, change to where its outputs come
    nearest to those of the dense network for the same samples, before any norm or activation:

        least Σ (dense output - output)² + λ Σ (change of a weight)²

    with λ `ridge` times the mean square of what the weights are multiplied with, summed over the
    samples. This has a closed form: no label is read, nothing is trained. A weight that is 0 stays
    0, a unit without weights and bias stays silent, statistics of norms stay. No unit's squared
    error on these rows, given what it reads, grows. Where nothing was removed nothing changes, bit
    for bit. A weight that several steps use is fitted to all its uses at once, with what they read
    before it changed.

    `unrepaired` says which layers stay as they are and why. `pruned_by` gains the line
    `{"repaired": n, "ridge": r}`. What does not change is shared with `pruned`.

    BatchNorm measured anew afterwards can destroy what this brings back: the repair aims at what
    the dense layers put out, and the dense statistics fit that.

    Args:
        pruned: the copy to repair; it is not touched.
        dense: what it was pruned from.
        rows: calibration rows, by default up to 1,024 spread evenly, fewer where a value of the
            network would take more than 2^25 numbers. A network that takes a fixed number of rows
            leaves out those that do not fill it.
        ridge: 1e-6 to 1e3; the larger, the less weights move.
        progress: called with the share of the steps done; may raise to cancel.

    Cost: about four forward passes over the rows, for each layer the products of all pairs of its
    inputs (a forward pass of it, times its inputs, by its units), and one Cholesky decomposition
    for each set of weights that units of a layer have left. Memory: what both networks keep of all
    rows between two steps, 64 samples (or one) unfolded to 2^23 numbers, and the Gram matrix of one
    layer, of 2^25 numbers at most, three times.

    Source: for each unit the problem of Frantar & Alistarh, SparseGPT, arXiv:2301.00774, solved
    for all its weights at once, as OPTIMA, arXiv:2512.13886, on the inputs that repaired layers
    give.

    Raises:
        Refused: no calibration samples, or no layer that can be refit.
        InvalidSubject: no such row, or `dense` is not what `pruned` was made from.
        InvalidOption: another ridge.
    """
    _check(pruned, dense, ridge)
    reason = repair_refusal(pruned)
    if reason is not None or pruned.calibration is None:
        raise Refused("pruning.no_repair", reason=reason)
    chosen = repair_rows(pruned) if rows is None else rows
    check_rows(pruned.calibration, chosen)
    walk = _Walk(
        dense=require_lifted(dense.network),
        own=require_lifted(pruned.network),
        batches=_batches(require_lifted(pruned.network), pruned.calibration.take(chosen)),
        ridge=ridge,
    )
    line = json.dumps({"repaired": len(chosen), "ridge": ridge})
    network = pruned.network.with_parameters(walk.repaired(progress))
    return replace(pruned, network=network, pruned_by=history(pruned, line))


def repair_rows(subject: Subject) -> NDArray[np.int64]:
    """Return the calibration rows that `repair` takes by default, evenly spread."""
    count = 0 if subject.calibration is None else subject.calibration.count
    largest = max(int(np.prod(info.output_shape)) for info in subject.network.layers)
    most = max(2, require_lifted(subject.network).piece or 0, _VALUES // max(1, largest))
    return spread_rows(count, min(REPAIR_ROWS, most))


def repair_work(subject: Subject) -> float:
    """Return at most about how many multiply-adds the repair of a copy of any amount takes.

    Args:
        subject: the dense network. Cost: no pass.
    """
    rows, layers = len(repair_rows(subject)), refittable(subject.network)
    work = float(_PASSES * rows * sum(info.macs for info in subject.network.layers))
    for info in subject.network.layers:
        if info.name in layers:
            layer = subject.network.get_submodule(info.name)
            groups, units, columns = unit_rows(layer).shape
            places = rows * math.prod(info.output_shape) // (groups * units)
            pairs = places * columns * (columns + units)
            work += groups * (pairs + columns**3 + units * (columns / 2) ** 3 / 3)
    return work


def _check(pruned: Subject, dense: Subject, ridge: float) -> None:
    if not comes_from(pruned, dense):
        raise InvalidSubject("pruning.other_origin")
    low, high = _RIDGES
    if not low <= ridge <= high:
        raise InvalidOption("pruning.ridge", value=ridge, low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Samples, and what the steps that ran made of them in both networks."""

    inputs: tuple[Tensor, ...]
    dense: dict[str, Any] = field(default_factory=dict)
    own: dict[str, Any] = field(default_factory=dict)


def _batches(network: Lifted, samples: Samples) -> list[_Batch]:
    """Return the samples in batches; those that do not fill a network of fixed size are left out.

    Raises:
        Refused: that leaves none.
    """
    piece = network.piece
    parts = zip(*(torch.split(x, piece or _BATCH) for x in samples.inputs), strict=True)
    found = [_Batch(inputs=part) for part in parts if piece in {None, len(part[0])}]
    if not found:
        raise Refused(
            "pruning.no_repair", reason=Message("pruning.too_few_to_refit", size=piece or 1)
        )
    return found


@dataclass(slots=True, kw_only=True)
class _Walk:
    """Both networks step by step, all batches side by side; `own` changes on the way."""

    dense: Lifted
    own: Lifted
    batches: list[_Batch]
    ridge: float
    changed: dict[str, Tensor] = field(default_factory=dict)

    def repaired(self, progress: Progress | None) -> dict[str, Tensor]:
        """Return the tensors that change, by name."""
        layers = refittable(self.own)
        steps = self.own.steps
        with torch.no_grad():
            for place, (step, frees) in enumerate(
                counted(list(zip(steps, last_uses(steps), strict=True)), progress)
            ):
                self._run_dense(step)
                users = layers.pop(str(step.module), None)
                if users is not None:
                    self._refit(users, place)
                self._run_own(step, frees)
        return self.changed

    def _run_dense(self, step: Step) -> None:
        for batch in self.batches:
            batch.dense[step.name] = run_step(step, self.dense, batch.dense, batch.inputs)

    def _run_own(self, step: Step, frees: Sequence[str]) -> None:
        for batch in self.batches:
            batch.own[step.name] = run_step(step, self.own, batch.own, batch.inputs)
            for name in frees:
                del batch.own[name], batch.dense[name]

    def _refit(self, users: tuple[str, ...], place: int) -> None:
        """Refit the weight of these layers, the first of which runs at this place."""
        steps = self.own.steps
        last = max(at for at, step in enumerate(steps) if step.module in users)
        layer = self.own.get_submodule(users[0])
        old = unit_rows(layer)
        sums = NormalEquations.of_no_places(old.shape)
        for batch in self.batches:
            self._add(sums, batch, steps[place : last + 1], users)
        new = sums.moved(old, _free(layer, old), self.ridge)
        if not torch.equal(new, old):
            found = {f"{users[0]}.{kind}": x for kind, x in from_unit_rows(layer, new).items()}
            self.changed |= found
            self.own = self.own.with_parameters(found)

    def _add(
        self, sums: NormalEquations, batch: _Batch, steps: tuple[Step, ...], users: tuple[str, ...]
    ) -> None:
        """Add what the layers read in these steps, and what their outputs lack."""
        dense, own = dict(batch.dense), dict(batch.own)
        for step in steps:
            if step.name not in dense:
                dense[step.name] = run_step(step, self.dense, dense, batch.inputs)
            own[step.name] = run_step(step, self.own, own, batch.inputs)
            if step.module in users:
                x = own[references(step.arguments)[0].name]
                layer = self.own.get_submodule(step.module)
                _sum_up(sums, layer, x, dense[step.name] - own[step.name])


def _sum_up(sums: NormalEquations, layer: nn.Module, x: Tensor, lacking: Tensor) -> None:
    """Add one input of a layer and what its output lacks, unfolding a bounded part at a time."""
    places = unfolded_numbers(layer, lacking) // max(1, len(x))
    rows = len(x) if len(x) != len(lacking) else max(1, _UNFOLDED // max(1, places))
    for part, rest in zip(torch.split(x, rows), torch.split(lacking, rows), strict=True):
        sums.add(unfolded_inputs(layer, part), unfolded_outputs(layer, rest))


def _free(layer: nn.Module, rows: Tensor) -> Tensor:
    """Return which weights and biases may change: no zero, no bias of a unit that is gone."""
    free = rows.ne(0)
    if isinstance(layer.bias, Tensor):
        free[..., -1] |= free.any(2)
    return free
