"""L1 norm: units with small incoming weights die first."""

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject


def score(subject: Subject, weights: tuple[str, ...], _seed: int) -> Scored:
    """Score every unit by the sum of its incoming |weights|: [units] per weight."""
    network = subject.network
    return {n: network.get_parameter(n).detach().flatten(1).abs().sum(1) for n in weights}


L1_NORM = Criterion(
    key="l1-norm",
    title="L1 norm of units",
    line="Whole neurons and channels with small incoming weights die first.",
    granularity="unit",
    scopes=("global", "layer"),
    function=score,
    formula="Σ |w| over the unit's incoming weights",
    source="Li et al. 2017, arXiv:1608.08710, section 3.1",
    differs="The paper prunes each layer by its own share; here the scope is a choice.",
)
