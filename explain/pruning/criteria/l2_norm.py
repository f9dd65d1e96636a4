"""L2 norm: units with small incoming weights, in the Euclidean sense, die first."""

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject


def score(subject: Subject, weights: tuple[str, ...], _seed: int) -> Scored:
    """Score every unit by the L2 norm of its incoming weights: [units] per weight."""
    network = subject.network
    return {n: network.get_parameter(n).detach().flatten(1).norm(dim=1) for n in weights}


L2_NORM = Criterion(
    key="l2-norm",
    title="L2 norm of units",
    line="Whole neurons and channels with a short incoming weight vector die first.",
    granularity="unit",
    scopes=("global", "layer"),
    function=score,
    formula="√Σ w² over the unit's incoming weights",
    source="the usual norm criterion; He et al. 2018, arXiv:1808.06866",
    differs="Nothing is retrained and removed units do not come back.",
)
