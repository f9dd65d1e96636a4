"""Louvain: communities of the largest modularity, level by level."""

from explain.core.methods import Partitioner
from explain.decompose.cutting import brought_to
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph, as_networkx, communities_to_labels, too_large


def louvain(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Take Louvain's communities; where a number is wanted, merge or split them to it."""
    from networkx.algorithms.community import louvain_communities

    found = louvain_communities(as_networkx(graph), seed=wanted.seed)
    labels = communities_to_labels(graph, found)
    return Split(labels=brought_to(graph, labels, wanted.count))


LOUVAIN = Partitioner(
    key="louvain",
    title="Louvain",
    line="Moves units between groups as long as modularity rises, then treats groups as units.",
    function=louvain,
    count="own",
    formula="max Q = Σ (within / m − (volume / 2m)²)",
    source="Blondel et al. 2008, arXiv:0803.0476; networkx",
    differs="A number of modules that is asked for is reached by merging and splitting afterwards.",
    cost="no pass through the network; seconds for 100,000 weights",
    seeded=True,
    fits=too_large,
)
