"""Greedy modularity: merge the two groups that raise modularity most, again and again."""

from explain.core.methods import Partitioner
from explain.decompose.cutting import brought_to
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph, as_networkx, communities_to_labels, too_large


def greedy_modularity(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Take the greedy communities; where a number is wanted, merge or split them to it."""
    from networkx.algorithms.community import greedy_modularity_communities

    found = greedy_modularity_communities(as_networkx(graph), weight="weight")
    labels = communities_to_labels(graph, found)
    return Split(labels=brought_to(graph, labels, wanted.count))


GREEDY_MODULARITY = Partitioner(
    key="greedy-modularity",
    title="Greedy modularity",
    line="Starts from single units and merges the two groups that raise modularity most.",
    function=greedy_modularity,
    count="own",
    formula="max Q = Σ (within / m − (volume / 2m)²)",
    source="Clauset, Newman and Moore 2004, arXiv:cond-mat/0408187; networkx",
    differs="A number of modules that is asked for is reached by merging and splitting afterwards.",
    cost="no pass through the network; seconds for 10,000 weights",
    fits=too_large,
)
