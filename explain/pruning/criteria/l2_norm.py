"""L2 norm: entries with small weights, in the Euclidean sense, die first."""

from explain.core.methods import Criterion
from explain.pruning.criteria.magnitude import magnitude_scores

L2_NORM = Criterion(
    key="l2-norm",
    title="L2 norm",
    line="What has a short vector of weights dies first: units, rows, kernels or blocks.",
    entries=("groups", "units"),
    granularity="unit",
    gather="norm",
    scopes=("global", "layer", "row"),
    function=magnitude_scores,
    formula="√Σ w² over the weights that die as one",
    source="the usual norm criterion; He et al. 2018, arXiv:1808.06866",
    differs="Nothing is retrained and removed units do not come back.",
)
