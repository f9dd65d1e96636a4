"""Mean activation: units that stay quiet die first."""

from torch import Tensor

from explain.core.methods import Criterion, Options, Scored
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.pruning.calibration import mean_over_samples, needs_calibration


def mean_activation_scores(subject: Subject, sites: tuple[Site, ...], _options: Options) -> Scored:
    """Score every unit by its mean |activation| over samples and positions."""
    return mean_over_samples(subject, sites, Tensor.abs)


MEAN_ACTIVATION = Criterion(
    key="mean-activation",
    title="Mean activation of units",
    line="Neurons and channels whose activation stays below the threshold die.",
    entries=("units",),
    per="entry",
    granularity="unit",
    scopes=("global", "layer"),
    function=mean_activation_scores,
    formula="mean |a| over calibration samples and positions",
    source="Molchanov et al. 2017, arXiv:1611.06440, section 2.2",
    differs="The magnitude is averaged, which is the same for ReLU and keeps units of signed "
    "activation functions from cancelling.",
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=needs_calibration,
)
