"""evaluate: one network on its samples."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.decisions import correct, decide
from explain.core.losses import sample_losses
from explain.core.network import Network
from explain.core.progress import Progress
from explain.core.rows import check_rows
from explain.core.subject import Samples, Subject
from explain.core.subset import evaluation_rows
from explain.core.sweep import Evaluation
from explain.core.threads import side_by_side
from explain.measure.catalog import meter

_BATCH = 128
"""Samples of one pass: larger batches leave the cache, two to one on convolutions."""

_NUMBERS = 2**26
"""Numbers that one value of a pass may take, 256 MB: large pictures run in smaller batches."""


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
    return max(1, min(_BATCH, _NUMBERS // max(1, largest)))


def _mean_loss(outputs: Tensor, targets: Tensor, subject: Subject) -> float:
    return float(sample_losses(outputs.double(), targets, subject.task).mean())
