"""L1 norm: entries with small weights die first."""

from explain.core.methods import Criterion
from explain.pruning.criteria.magnitude import magnitude_scores

L1_NORM = Criterion(
    key="l1-norm",
    title="L1 norm",
    line="What has small weights, added up, dies first: units, rows, kernels or blocks.",
    entries=("groups", "units"),
    granularity="unit",
    gather="sum",
    scopes=("global", "layer", "row"),
    function=magnitude_scores,
    formula="Σ |w| over the weights that die as one",
    source="Li et al. 2017, arXiv:1608.08710, section 3.1",
    differs="The paper prunes each layer by its own share; here that is only the default scope.",
)
