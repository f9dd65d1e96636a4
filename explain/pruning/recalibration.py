"""recalibrate: BatchNorm statistics made anew for the network as it is now, without labels."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.network import Network
from explain.core.subject import Subject, check_rows, spread_rows
from explain.network.graph import BATCH_NORMS, severed_at
from explain.network.steps import references
from explain.pruning.masking import history

RECALIBRATION_ROWS = 1_024
"""Calibration samples used, at most, by default."""

_BATCH = 64
_VALUES = 2**26
_FELL_BY = 0.05


def recalibrate(subject: Subject, *, rows: NDArray[np.int64] | None = None) -> Subject:
    """Return a copy whose BatchNorm statistics fit what its layers put out now.

    Pruning shrinks what a layer puts out, while its BatchNorm goes on subtracting the mean and
    dividing by the spread of before. All statistics are taken in one forward pass of all rows: each
    BatchNorm measures what reaches it, in float64, and normalises with that before the next layer
    runs. So every statistic is exact for the network that the copy is, layer after layer, with
    nothing averaged over batches and no dependence on their order. Batches of 64 rows walk side by
    side, one step at a time, since small ones stay in the cache.

    The copy shares every tensor but the statistics with the subject, so neither may be handed to
    `prune(reuse=...)` while the other is in use. Channels whose scale and shift were removed with
    their unit stay exactly silent. `pruned_by` gains the line `{"recalibrated": n}`. A dense
    network changes too, by as much as these samples differ from the running average of its
    training. A BatchNorm that the source of a network runs twice stands in the lifted network once
    for each use, and each gets statistics of its own.

    Args:
        subject: dense or pruned; it is not touched.
        rows: calibration rows, by default up to 1,024 spread evenly, fewer where a value of the
            network would take more than 2^26 numbers.

    Cost: one forward pass over the rows. Source: label-free re-estimation as in Li et al.,
    EagleEye, arXiv:2007.02491 (adaptive BatchNorm), who average over batches with momentum; the
    unbiased variance is torch's.

    Raises:
        Refused: no BatchNorm statistics, no calibration samples, fewer than two values per
            channel, or one BatchNorm that several steps run.
        InvalidSubject: no such row.
    """
    reason = recalibration_refusal(subject)
    if reason is not None or subject.calibration is None:
        raise Refused("pruning.no_recalibration", reason=reason)
    chosen = _spread(subject) if rows is None else rows
    check_rows(subject.calibration, chosen)
    fresh = _measured(subject.network.sharing_copy(), subject.calibration.take(chosen).inputs)
    return replace(
        subject,
        network=subject.network.with_parameters(fresh),
        pruned_by=history(subject, json.dumps({"recalibrated": len(chosen)})),
    )


def recalibration_refusal(subject: Subject) -> Message | None:
    """Return why the subject cannot be recalibrated, or None. Cost: no pass."""
    norms = _norms(subject.network)
    if not norms:
        return Message("pruning.no_statistics")
    if subject.calibration is None or not subject.calibration.count:
        return Message("pruning.nothing_to_measure")
    twice = _repeated(subject.network, norms)
    if twice is not None:
        return Message("pruning.runs_twice", layer=twice)
    return None


def collapsed(subject: Subject, before: float, after: float) -> bool:
    """Return whether the metric fell by 5 points, and repair or recalibration may bring it back.

    Neither can where nothing gets from the inputs to the answer any more.

    Args:
        subject: the pruned network, as it is.
        before: its headline metric before pruning, 0..1, higher is better.
        after: its headline metric now.

    Cost: one pass over the weights.
    """
    return not after > before - _FELL_BY and not severed_at(subject.network)


def _norms(network: Network) -> tuple[str, ...]:
    """Return the BatchNorms that keep statistics and run, in execution order."""
    ran = dict.fromkeys(step.module for step in network.steps if step.module is not None)
    return tuple(name for name in ran if _keeps_statistics(network.get_submodule(name)))


def _repeated(network: Network, norms: tuple[str, ...]) -> str | None:
    """Return a BatchNorm that several steps run."""
    runs = Counter(step.module for step in network.steps)
    return next((name for name in norms if runs[name] > 1), None)


def _keeps_statistics(module: nn.Module) -> bool:
    return isinstance(module, BATCH_NORMS) and isinstance(module.running_mean, Tensor)


def _measured(network: Network, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Return the statistics of every norm by tensor name; the network, a private copy, gets them.

    All batches stand before a norm when it is measured, and none has gone through it.
    """
    norms = _fed(network)
    found: dict[str, Tensor] = {}
    batches = zip(*(torch.split(x, _BATCH) for x in inputs), strict=True)
    walks = [network.walk(*batch) for batch in batches]
    with torch.no_grad():
        for places in zip(*walks, strict=True):
            for norm in norms.get(places[0][0], ()):
                fresh = _statistics([value for _, value in places], norm)
                found |= _set(network.get_submodule(norm), norm, fresh)
    return found


def _fed(network: Network) -> dict[str, list[str]]:
    """Return the norms that read the value of a step, by its name."""
    known, fed = set(_norms(network)), defaultdict(list)
    for step in network.steps:
        if step.module in known:
            fed[references(step.arguments)[0].name].append(step.module)
    return fed


def _set(module: nn.Module, name: str, fresh: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
    found = {}
    for kind, values in zip(("running_mean", "running_var"), fresh, strict=True):
        tensor = values.to(getattr(module, kind).dtype)
        setattr(module, kind, tensor)
        found[f"{name}.{kind}"] = tensor
    return found


def _statistics(parts: Sequence[Tensor], name: str) -> tuple[Tensor, Tensor]:
    """Return mean and unbiased variance [channels] over rows and positions, in float64."""
    count = sum(part[:, 0].numel() for part in parts)
    if count < 2:
        raise Refused("pruning.no_spread", layer=name)
    mean = torch.stack([_by_channel(part).sum(1) for part in parts]).sum(0) / count
    squares = [_squares(_by_channel(part) - mean[:, None]) for part in parts]
    return mean, torch.stack(squares).sum(0) / (count - 1)


def _by_channel(part: Tensor) -> Tensor:
    return part.transpose(0, 1).flatten(1).double()


def _squares(apart: Tensor) -> Tensor:
    found: Tensor = torch.linalg.vecdot(apart, apart)
    return found


def _spread(subject: Subject) -> NDArray[np.int64]:
    """Return evenly spread rows, no more than the largest value of the network leaves room for."""
    count = 0 if subject.calibration is None else subject.calibration.count
    largest = max(int(np.prod(info.output_shape)) for info in subject.network.layers)
    limit = min(RECALIBRATION_ROWS, max(2, _VALUES // max(1, largest)))
    return spread_rows(count, limit)
