"""APoZ: units whose activation is most often zero die first."""

from torch import Tensor

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject
from explain.pruning.activations import mean_over_samples, needs_calibration


def score(subject: Subject, weights: tuple[str, ...], _seed: int) -> Scored:
    """Score every unit by 1 - APoZ: the share of samples and positions where it is not zero."""
    return mean_over_samples(subject, weights, _nonzero)


def _nonzero(activation: Tensor) -> Tensor:
    return (activation != 0).to(activation.dtype)


APOZ = Criterion(
    key="apoz",
    title="APoZ of units",
    line="Neurons and channels that are most often exactly zero die first.",
    granularity="unit",
    scopes=("global", "layer"),
    function=score,
    formula="1 - share of zero activations over calibration samples and positions",
    source="Hu et al. 2016, arXiv:1607.03250, equation 1",
    differs="The score is turned round (1 - APoZ), so that low scores die first as everywhere; "
    "activation functions that are never exactly zero give every unit the same score.",
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=needs_calibration,
)
