"""R²: the share of the targets' variance that a regression explains."""

import numpy as np
from torch import Tensor

from explain.core.messages import Message
from explain.core.methods import Meter, Shares
from explain.core.subject import Subject


def _measure(outputs: Tensor, targets: Tensor, _subject: Subject) -> float:
    """Return 1 - Σ(y - ŷ)² / Σ(y - mean y)²; at most 1, 0 for predicting the mean."""
    predicted = outputs.double().reshape(len(outputs), -1)[:, 0]
    truth = targets.double()
    spread = (truth - truth.mean()).square().sum()
    return float(1 - (truth - predicted).square().sum() / spread)


def _resampled(outputs: Tensor, targets: Tensor, _subject: Subject, shares: Shares) -> Shares:
    """Return the same in resamples [m]."""
    truth = targets.double().numpy()
    missed = truth - outputs.double().reshape(len(outputs), -1)[:, 0].numpy()
    centred = truth - truth.mean()  # squares of what is far from 0 would eat the spread's digits
    spread = shares @ centred**2 - (shares @ centred) ** 2
    return np.asarray(1 - shares @ missed**2 / spread)


R_SQUARED = Meter(
    key="r2",
    title="R²",
    line="Share of the targets' variance that is explained.",
    function=_measure,
    resampled=_resampled,
    better="higher",
    unit="value",
    fits=lambda subject: (
        None if subject.task.kind == "regression" else Message("measure.regression")
    ),
)
