"""Magnitude: the smallest weights die first."""

from explain.core.methods import Criterion, Options, Scored
from explain.core.scores import Site, weights_of
from explain.core.subject import Subject


def magnitude_scores(_subject: Subject, sites: tuple[Site, ...], _options: Options) -> Scored:
    """Score every weight by |w|: None stands for the weight's own magnitude."""
    return dict.fromkeys(weights_of(sites))


MAGNITUDE = Criterion(
    key="magnitude",
    title="Magnitude",
    line="The smallest weights die first.",
    entries=("weights",),
    granularity="weight",
    scopes=("global", "layer", "row"),
    function=magnitude_scores,
    formula="|w|",
    source="Han et al. 2015, arXiv:1506.02626, section 3",
    differs="The paper prunes below a per-layer threshold and retrains; here nothing is retrained. "
    "What takes several weights is compared by their L1 or L2 norm, criteria of their own.",
)
