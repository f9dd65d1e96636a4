"""Spectral n-cut on |w|: the published way to cluster a network's units."""

from explain.core.methods import Partitioner
from explain.decompose.spectral import normalised_cut
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph


def cluster_by_n_cut(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Cluster inputs, hidden units and outputs together; keep the labels of hidden units."""
    labels = normalised_cut(graph, wanted.count or 1, wanted.seed, hidden_only=False)
    return Split(labels=labels)


N_CUT = Partitioner(
    key="n-cut",
    title="Spectral n-cut on |w|",
    line="Cuts the graph of all units and inputs where the least |weight| runs, for its size.",
    function=cluster_by_n_cut,
    count="estimated",
    formula="min Σ cut(m) / vol(m); leading k eigenvectors of D^-½ |W| D^-½; k-means",
    source="Filan et al. 2021, arXiv:2103.03386, section 2",
    differs="The number of modules is estimated where the paper fixes 12, and BatchNorm scales are "
    "not multiplied in. A module of inputs or outputs alone is dropped.",
    cost="no pass through the network; a few products with its weights",
    seeded=True,
)
