"""metric_change: by how much the metric differs between two networks, and whether that is noise."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import InvalidSubject
from explain.core.intervals import Measurement, interval, resampling
from explain.core.messages import Message
from explain.core.methods import Meter
from explain.core.subject import Subject, evaluation_rows
from explain.core.sweep import Evaluation
from explain.measure.catalog import meter
from explain.measure.evaluation import headline_metric

_FEWEST = 2
"""Samples from which on there is an interval."""


def metric_change(
    subject: Subject,
    before: Evaluation,
    after: Evaluation,
    *,
    rows: NDArray[np.int64] | None = None,
) -> Measurement:
    """Return the change of the headline metric with its 95 % interval, paired by sample.

    Both networks are resampled alike, 1,000 times. Where the interval holds 0, other samples might
    have shown no change, or one to the other side.

    Args:
        subject: whose samples both networks answered.
        before: the dense network's answers, with outputs.
        after: the other network's, with outputs.
        rows: the samples, by default those of `evaluate`.

    Cost: the metric in each resample; no forward pass.

    Raises:
        InvalidSubject: an evaluation without outputs.
    """
    if before.outputs is None or after.outputs is None:
        raise InvalidSubject("measure.no_outputs")
    record, truth = meter(headline_metric(subject)), subject.samples.targets
    chosen = evaluation_rows(subject) if rows is None else rows
    targets = torch.from_numpy(before.decisions) if truth is None else truth[chosen.tolist()]
    change, unit = after.metric - before.metric, record.unit
    how = Message("how.held_out")
    if after.n < _FEWEST:
        return Measurement(key="metric_change", value=change, unit=unit, n=after.n, how=how)
    shares = resampling(after.n)
    first, second = (
        _resampled(record, torch.from_numpy(outputs), targets, subject, shares)
        for outputs in (before.outputs, after.outputs)
    )
    low, high = interval(second - first)
    how = Message("how.over_rows", how=how)
    return Measurement(
        key="metric_change", value=change, unit=unit, n=after.n, how=how, low=low, high=high
    )


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
