"""Magnitude: the smallest weights die first."""

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject


def score(_subject: Subject, weights: tuple[str, ...], _seed: int) -> Scored:
    """Score every weight by |w|: None stands for the weight's own magnitude."""
    return dict.fromkeys(weights)


MAGNITUDE = Criterion(
    key="magnitude",
    title="Magnitude",
    line="The smallest weights die first.",
    granularity="weight",
    scopes=("global", "layer", "row"),
    function=score,
    formula="|w|",
    source="Han et al. 2015, arXiv:1506.02626, section 3",
    differs="The paper prunes below a per-layer threshold and retrains; here nothing is retrained.",
)
