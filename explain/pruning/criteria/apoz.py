"""APoZ: units whose activation is most often zero die first."""

from functools import partial

from torch import Tensor

from explain.core.methods import Criterion, Options, Parameter, Scored
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.pruning.calibration import mean_over_samples, needs_calibration


def apoz_scores(subject: Subject, sites: tuple[Site, ...], options: Options) -> Scored:
    """Score every unit by 1 - APoZ: the share of samples and positions where it is not zero.

    Zero is what lies within `epsilon` of it.
    """
    return mean_over_samples(subject, sites, partial(_says, least=options["epsilon"]))


def _says(activation: Tensor, least: float) -> Tensor:
    return (activation.abs() > least).to(activation.dtype)


APOZ = Criterion(
    key="apoz",
    title="APoZ of units",
    line="Neurons and channels that are most often exactly zero die first.",
    entries=("units",),
    per="entry",
    granularity="unit",
    scopes=("global", "layer"),
    function=apoz_scores,
    formula="1 - share of zero activations over calibration samples and positions",
    source="Hu et al. 2016, arXiv:1607.03250, equation 1",
    differs="The score is turned round (1 - APoZ), so that low scores die first as everywhere; "
    "activation functions that are never exactly zero give every unit the same score, unless "
    "`epsilon` says what counts as zero.",
    parameters=(
        Parameter(
            key="epsilon",
            title="Counts as zero",
            line="Activations up to this size count as zero; above 0 for functions that are never.",
            default=0.0,
            low=0.0,
            high=1_000.0,
            whole=False,
        ),
    ),
    needs=("data",),
    cost="one forward pass over the calibration samples",
    fits=needs_calibration,
)
