"""prune: a masked copy of a subject, and which network scores and masks belong to."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.resources import keep_freed_memory
from explain.core.scores import MaskSet, TensorRanking
from explain.core.subject import Subject

_THEN = "\n"
"""Stands between two plans, each of which is one line of JSON."""


def identity(subject: Subject) -> str:
    """Return the fingerprint of the dense subject, followed by the plans that pruned it."""
    return _joined(subject.fingerprint, subject.pruned_by)


def history(subject: Subject, plan: str) -> str:
    """Return the plans of a copy, one a line: those of the subject, then this one."""
    return _joined(subject.pruned_by, plan)


def is_copy_of(copy: Subject, subject: Subject) -> bool:
    """Return whether one is the subject itself or was pruned from it in one step."""
    before, _, _ = copy.pruned_by.rpartition(_THEN)
    same_network = copy is subject or (copy.pruned_by != "" and before == subject.pruned_by)
    return same_network and copy.fingerprint == subject.fingerprint


def comes_from(copy: Subject, subject: Subject) -> bool:
    """Return whether one is the subject itself or was made from it in any number of steps."""
    start = subject.pruned_by + _THEN if subject.pruned_by else ""
    grown = (copy.pruned_by + _THEN).startswith(start)
    return grown and copy.fingerprint == subject.fingerprint


def _joined(*lines: str) -> str:
    return _THEN.join(line for line in lines if line)


_KEEP_ALL = -1.0


def prune(subject: Subject, masks: MaskSet, *, reuse: Subject | None = None) -> Subject:
    """Return a copy of the subject in which everything that `masks` removes is zero.

    The original is not touched: tensors without a removed entry are shared, the others copied.
    A removed unit loses its incoming weights, its bias and its BatchNorm scale and shift, so it
    puts out exactly 0 before its activation function.
    Cost: one fused pass over the weights that change (the time of a copy), no forward pass.

    Args:
        subject: the subject that was scored: dense, or a pruned copy to prune further.
        masks: what dies.
        reuse: an earlier pruned copy that nobody looks at any more. Its own tensors are written
            over and belong to the new copy, which spares a large network the cost of fresh memory.

    Raises:
        InvalidSubject: the masks, or the copy to reuse, were made for another subject.
    """
    foreign = reuse is not None and not is_copy_of(reuse, subject)
    if foreign or masks.scores.subject != identity(subject):
        raise InvalidSubject("pruning.other_masks")
    keep_freed_memory()
    names = (part.name for tensor in masks.scores.tensors for part in tensor.parts)
    weights = {name: subject.network.get_parameter(name) for name in names}
    spare = {} if reuse is None else _spare(weights, reuse)
    network = subject.network.with_parameters(masked_tensors(weights, masks, into=spare))
    return replace(subject, network=network, pruned_by=history(subject, masks.plan.to_json()))


def _spare(weights: Mapping[str, Tensor], reuse: Subject) -> dict[str, Tensor]:
    """Return the tensors of a pruned copy that are its own: those it shares must not be written."""
    found = {name: reuse.network.get_parameter(name).detach() for name in weights}
    return {
        name: tensor
        for name, tensor in found.items()
        if tensor.data_ptr() != weights[name].data_ptr()
        and tensor.stride() == weights[name].stride()
    }


def masked_tensors(
    weights: Mapping[str, Tensor], masks: MaskSet, into: Mapping[str, Tensor] | None = None
) -> dict[str, Tensor]:
    """Return the masked version of every tensor that loses an entry.

    Args:
        weights: the dense tensors by parameter name.
        masks: what dies.
        into: tensors of the same shapes and strides to write to, for callers that move a slider
            over a large network and own the buffers; where one is missing a new one is made.
    """
    into = into or {}
    changed: dict[str, Tensor] = {}
    for tensor, counts in zip(masks.scores.tensors, masks.pruned, strict=True):
        if not counts.any():
            continue
        if tensor.sizes is None:
            weight = weights[tensor.name].detach()
            changed[tensor.name] = _masked(weight, tensor, counts, into.get(tensor.name))
            continue
        gone = tensor.gone(counts)
        for part in tensor.parts:
            dense, mask = weights[part.name].detach(), part.spread(gone)
            changed[part.name] = _without(dense, mask, into.get(part.name))
    return changed


def _flat(tensor: TensorRanking, counts: NDArray[np.int64]) -> Tensor:
    """Return the flat indices of the entries that die."""
    dead = [order[:count] for order, count in zip(tensor.standing, counts, strict=True)]
    return torch.from_numpy(np.concatenate(dead).astype(np.int64))


def _without(parameter: Tensor, gone: NDArray[np.bool_], out: Tensor | None) -> Tensor:
    out = torch.empty_like(parameter) if out is None else out
    mask = torch.from_numpy(gone)
    return torch.where(mask, parameter.new_zeros(()), parameter, out=out)


def _masked(
    weight: Tensor, tensor: TensorRanking, counts: NDArray[np.int64], out: Tensor | None
) -> Tensor:
    out = torch.empty_like(weight) if out is None else out
    if len(counts) > 1:
        out.copy_(weight)
        return _zero(out, _flat(tensor, counts))
    count = int(counts[0])
    order = tensor.standing[0]
    scores = weight if tensor.values is None else tensor.values
    tie_start = _tie_start(scores, order, count)
    last = _KEEP_ALL if tie_start == 0 else _score_at(scores, order, tie_start - 1)
    _cut(weight, tensor.values, last, out)
    if tie_start < count:
        _zero(out, torch.from_numpy(order[tie_start:count].astype(np.int64)))
    return out


def _cut(weight: Tensor, values: Tensor | None, last: float, out: Tensor) -> None:
    """Write the weights whose score exceeds `last` to `out` and 0 elsewhere: one fused pass."""
    # Each is one pass; `weight * mask` takes eight, since the mask has to become a float first.
    if values is None:
        torch.ops.aten.hardshrink.out(weight, last, out=out)
    elif values.dtype == weight.dtype and values.stride() == weight.stride():
        torch.ops.aten.threshold_backward.grad_input(weight, values, last, grad_input=out)
    else:
        out.copy_(torch.where(values > last, weight, 0))


def _tie_start(scores: Tensor, order: NDArray[np.uint32], count: int) -> int:
    """Return the first position of the run of equal scores that a cut at `count` divides.

    It is `count` itself where the cut divides no run. Runs are short as a rule, so the search
    walks back from the cut in doubling steps.
    """
    value = _score_at(scores, order, count - 1)
    if count == order.size or _score_at(scores, order, count) != value:
        return count
    # Doubling, since a run may be the whole tensor (all zeros) and every look is a call.
    high, step = count - 1, 1
    while high - step >= 0 and _score_at(scores, order, high - step) == value:
        high, step = high - step, 2 * step
    low = max(0, high - step + 1)
    while low < high:
        middle = (low + high) // 2
        if _score_at(scores, order, middle) < value:
            low = middle + 1
        else:
            high = middle
    return low


def _score_at(scores: Tensor, order: NDArray[np.uint32], position: int) -> float:
    flat = int(order[position])
    if scores.is_contiguous():
        return abs(scores.view(-1)[flat].item())
    index = np.unravel_index(flat, tuple(scores.shape))
    return abs(scores[tuple(int(i) for i in index)].item())


def _zero(out: Tensor, flat: Tensor) -> Tensor:
    # Not `out.view(-1)`: the flat index is row-major, the weight may be transposed.
    out[tuple(torch.unravel_index(flat, out.shape))] = 0
    return out
