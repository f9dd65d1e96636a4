"""One network on its samples, and what changed beside another: metric, decisions, size."""

import math
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.comparison import Evaluation, FlipLedger, Flips, Sweep
from explain.core.decisions import correct, decide, differ, sample_losses
from explain.core.errors import InvalidSubject
from explain.core.intervals import Measurement, interval, resampling
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.network import Network
from explain.core.resources import Progress, affordable, side_by_side
from explain.core.subject import Samples, Subject, Task, check_rows, evaluation_rows
from explain.measure.catalog import meter

_BATCH = 128
"""Samples of one pass: larger batches leave the cache, two to one on convolutions."""

_NUMBERS, _WORK = 2**26, 1e12
"""Numbers that one value of a pass may take, 256 MB, and multiply-adds of a pass: large pictures
run in smaller batches."""


def evaluate(
    subject: Subject,
    *,
    rows: NDArray[np.int64] | None = None,
    reference: Evaluation | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Run the network over the samples and return outputs, decisions, metric and loss.

    The same rows always run in the same batches, of 128 or as many as keep every value below
    256 MB, so equal weights give equal bits. Where there is much to do a batch runs on each core,
    up to four at a time.

    Args:
        subject: dense or pruned.
        rows: which samples, by default `evaluation_rows(subject)` (all, or 2,000 by class share).
        reference: the dense evaluation, for the metric "agreement". Without one a dense subject
            agrees with itself, and what a pruned one agrees with is unknown: NaN.
        progress: called with the share done, 0..1, after every batch; may raise to cancel.

    Raises:
        Refused: there are no data.
        InvalidSubject: no rows are chosen, or there is no such row.
    """
    chosen = evaluation_rows(subject) if rows is None else rows
    check_rows(subject.samples, chosen)
    samples = subject.samples.take(chosen)
    outputs = _run(subject, samples, progress)
    decisions = decide(outputs, subject.task)
    truth = samples.targets
    right = None if truth is None else correct(decisions, truth.double().numpy(), subject.task)
    against = truth if truth is not None else _dense_decisions(subject, decisions, reference)
    return Evaluation(
        outputs=outputs.reshape(len(outputs), -1).float().numpy(),
        decisions=decisions,
        correct=right,
        metric=math.nan if against is None else _metric(outputs, against, subject),
        loss=None if truth is None else _mean_loss(outputs, truth, subject),
        n=samples.count,
    )


def headline_metric(subject: Subject) -> str:
    """Return the key of the metric of the card; "agreement" where there are no labels."""
    return "agreement" if subject.samples.targets is None else subject.task.metric


def _dense_decisions(
    subject: Subject, own: NDArray[np.float64], reference: Evaluation | None
) -> Tensor | None:
    if reference is not None:
        return torch.from_numpy(reference.decisions)
    return None if subject.pruned_by else torch.from_numpy(own)


def _metric(outputs: Tensor, against: Tensor, subject: Subject) -> float:
    return meter(headline_metric(subject)).function(outputs, against, subject)


def _run(subject: Subject, samples: Samples, progress: Progress | None) -> Tensor:
    batch = _batch(subject.network)

    def outputs(at: int) -> Tensor:
        with torch.no_grad():
            found: Tensor = subject.network(*(x[at : at + batch] for x in samples.inputs))
        return found

    starts = range(0, samples.count, batch)
    macs = samples.count * sum(layer.macs for layer in subject.network.layers)
    return torch.cat(side_by_side(outputs, starts, macs=macs, progress=progress))


def _batch(network: Network) -> int:
    """Return the rows of one pass, the same for all copies of a network."""
    largest = max((math.prod(step.shape) for step in network.steps if step.shape), default=1)
    return max(1, min(_BATCH, _NUMBERS // max(1, largest), affordable(network, _WORK)))


def _mean_loss(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    return float(sample_losses(outputs.double(), targets, subject.task).mean())


def decision_changes(before: Evaluation, after: Evaluation, task: Task) -> Flips:
    """Return the decisions that differ between two evaluations of the same samples.

    For classes, `len(fixed) - len(broke)` is exactly the change in the number of right answers. A
    regression may cross the tolerance round its target by less than a changed decision moves.
    """
    changed = differ(before.decisions, after.decisions, task)
    none = np.zeros_like(changed)
    was = none if before.correct is None else before.correct
    now = none if after.correct is None else after.correct
    known = none if before.correct is None else ~none
    return Flips(
        n=before.n,
        changed=np.flatnonzero(changed),
        broke=np.flatnonzero(changed & was & ~now),
        fixed=np.flatnonzero(changed & ~was & now),
        changed_wrong=np.flatnonzero(known & changed & ~was & ~now),
    )


def status(
    changed: NDArray[np.bool_], was: NDArray[np.bool_] | None, now: NDArray[np.bool_] | None
) -> tuple[str, ...]:
    """Return per sample "same", "broke", "fixed", "changed wrong" or "changed".

    "changed" stands where there are no targets, and for values that stay right.
    """
    if was is None or now is None:
        return tuple(np.where(changed, "changed", "same").tolist())
    cases = [~changed, was & ~now, ~was & now, ~was & ~now]
    return tuple(np.select(cases, ["same", "broke", "fixed", "changed wrong"], "changed").tolist())


def ledger_between(subject: Subject, dense: Evaluation, other: Evaluation) -> FlipLedger:
    """Return for every sample what happened to its decision; nothing is known of other amounts.

    Args:
        subject: the dense subject.
        dense: its evaluation, on the usual rows.
        other: of the other network, on the same.
    """
    changed = differ(dense.decisions, other.decisions, subject.task)
    return FlipLedger(
        rows=evaluation_rows(subject),
        before=dense.decisions,
        after=other.decisions,
        status=status(changed, dense.correct, other.correct),
        first_amount=np.full(dense.n, np.nan),
        flips_back=np.zeros(dense.n, np.bool_),
    )


def ledger_of(sweep: Sweep, subject: Subject, pruned: Evaluation) -> FlipLedger:
    """Return for every sample what happened to its decision, now and over the sweep's grid.

    First changes are known to the resolution of the sweep's grid only.

    Args:
        sweep: of the plan; it holds the dense network's decisions.
        subject: the dense subject.
        pruned: the evaluation of the pruned network on the sweep's rows.
    """
    return replace(
        ledger_between(subject, sweep.dense, pruned),
        rows=sweep.rows,
        first_amount=sweep.first_amount,
        flips_back=sweep.flips_back,
    )


_INDEX_BYTES = 4


def size(subject: Subject) -> tuple[Measurement, ...]:
    """Return parameters, non-zero parameters, bytes dense and sparse, and MACs of one sample.

    Sparse bytes are those of compressed sparse rows: each non-zero weight with a 4-byte column
    index, and a 4-byte pointer per row; tensors for which that is larger stay dense.
    Theoretical MACs count non-zero weights only. Dense kernels do not skip zeros: this is no
    promise of speed. Cost: one pass over the weights, no forward pass.
    """
    tensors = [p.detach() for _, p in subject.network.named_parameters()]
    total = sum(t.numel() for t in tensors)
    alive = sum(int(torch.count_nonzero(t)) for t in tensors)
    dense = sum(t.numel() * t.element_size() for t in tensors)
    macs = sum(layer.macs for layer in subject.network.layers)
    rows = (
        ("parameters", total, "parameters", Message("how.parameters")),
        ("nonzero", alive, "parameters", Message("how.nonzero")),
        ("bytes", dense, "bytes", Message("how.bytes")),
        ("sparse_bytes", sum(map(_sparse_bytes, tensors)), "bytes", Message("how.sparse_bytes")),
        ("macs", macs, "MACs", Message("how.macs")),
        ("sparse_macs", _sparse_macs(subject), "MACs", Message("how.sparse_macs")),
    )
    return tuple(Measurement(key=k, value=v, unit=u, n=1, how=h) for k, v, u, h in rows)


def _sparse_bytes(tensor: torch.Tensor) -> int:
    dense = tensor.numel() * tensor.element_size()
    alive = int(torch.count_nonzero(tensor))
    rows = len(tensor) if tensor.dim() else 1
    return min(dense, alive * (tensor.element_size() + _INDEX_BYTES) + (rows + 1) * _INDEX_BYTES)


def _sparse_macs(subject: Subject) -> int:
    """Scale each layer's MACs by the share of its weights that is not zero."""
    total = 0.0
    for layer in subject.network.layers:
        module = subject.network.get_submodule(layer.name)
        weights = [p for n, p in module.named_parameters(recurse=False) if "weight" in n]
        count = sum(w.numel() for w in weights)
        alive = sum(int(torch.count_nonzero(w)) for w in weights)
        total += layer.macs * (alive / count if count else 1.0)
    return round(total)


_FEWEST = 2
"""Samples from which on there is an interval."""


def metric_change(
    subject: Subject,
    before: Evaluation,
    after: Evaluation,
    *,
    rows: NDArray[np.int64] | None = None,
    resamples: NDArray[np.float64] | None = None,
) -> Measurement:
    """Return the change of the headline metric with its 95 % interval, paired by sample.

    Both networks are resampled alike, 1,000 times. Where the interval holds 0, other samples might
    have shown no change, or one to the other side.

    Args:
        subject: whose samples both networks answered.
        before: the dense network's answers, with outputs.
        after: the other network's, with outputs.
        rows: the samples, by default those of `evaluate`.
        resamples: the `metric_resamples` of the dense network where they are known.

    Cost: the metric of both networks in each resample; no forward pass.

    Raises:
        InvalidSubject: an evaluation without outputs.
    """
    unit = meter(headline_metric(subject)).unit
    change, how = after.metric - before.metric, Message("how.held_out")
    if after.n < _FEWEST:
        return Measurement(key="metric_change", value=change, unit=unit, n=after.n, how=how)
    first = metric_resamples(subject, before, before, rows=rows) if resamples is None else resamples
    low, high = interval(metric_resamples(subject, after, before, rows=rows) - first)
    how = Message("how.over_rows", how=how)
    return Measurement(
        key="metric_change", value=change, unit=unit, n=after.n, how=how, low=low, high=high
    )


def metric_resamples(
    subject: Subject,
    run: Evaluation,
    dense: Evaluation,
    *,
    rows: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Return the headline metric of a network in 1,000 resamples of the rows, the same for all.

    Args:
        subject: whose samples it answered.
        run: its answers, with outputs.
        dense: the dense network's, which are right where there are no labels.
        rows: the samples, by default those of `evaluate`.

    Raises:
        InvalidSubject: an evaluation without outputs.
    """
    if run.outputs is None:
        raise InvalidSubject("measure.no_outputs")
    record, truth = meter(headline_metric(subject)), subject.samples.targets
    chosen = evaluation_rows(subject) if rows is None else rows
    targets = torch.from_numpy(dense.decisions) if truth is None else truth[chosen.tolist()]
    return _resampled(record, torch.from_numpy(run.outputs), targets, subject, resampling(run.n))


def metric_interval(subject: Subject, run: Evaluation) -> tuple[float, float]:
    """Return the 95 % interval of the headline metric of a network's answers on the usual rows.

    The metric itself twice, where there are too few rows to resample.

    Raises:
        InvalidSubject: an evaluation without outputs.
    """
    if run.n < _FEWEST:
        return run.metric, run.metric
    return interval(metric_resamples(subject, run, run))


def _resampled(
    record: Meter,
    outputs: Tensor,
    targets: Tensor,
    subject: Subject,
    shares: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the metric in every resample; one by one where the record has no faster way."""
    if record.resampled is not None:
        return record.resampled(outputs, targets, subject, shares)
    counts = np.rint(shares * len(targets)).astype(np.int64)
    drawn = (torch.from_numpy(np.repeat(np.arange(len(targets)), each)) for each in counts)
    return np.array([record.function(outputs[at], targets[at], subject) for at in drawn])
