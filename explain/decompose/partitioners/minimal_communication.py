"""Minimal communication: equal halves with the least |weight| between them."""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from explain.core.methods import Partitioner
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph, as_networkx, communities_to_labels, too_large

if TYPE_CHECKING:
    import networkx as nx

Nodes = AbstractSet[int]


def minimal_communication(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Halve the largest part by Kernighan-Lin until there are as many parts as wanted."""
    whole = as_networkx(graph)
    parts: list[Nodes] = [set(whole)]
    while len(parts) < (wanted.count or 1):
        largest = max(parts, key=len)
        if len(largest) < 2:
            break
        parts.remove(largest)
        parts += _halves(whole.subgraph(largest), wanted.seed)
    return Split(labels=communities_to_labels(graph, parts))


def _halves(part: "nx.Graph", seed: int) -> tuple[Nodes, Nodes]:
    import networkx as nx
    from networkx.algorithms.community import kernighan_lin_bisection

    one, other = kernighan_lin_bisection(nx.Graph(part), weight="weight", seed=seed)
    return one, other


MINIMAL_COMMUNICATION = Partitioner(
    key="minimal-communication",
    title="Minimal communication (Kernighan–Lin)",
    line="Parts of equal size with the least |weight| between them, as for several devices.",
    function=minimal_communication,
    count="estimated",
    formula="min Σ |w| between halves of equal size, again within the largest part",
    source="Kernighan and Lin 1970; networkx",
    differs="More than two parts by halving the largest; inputs and outputs count as units.",
    cost="no pass through the network; seconds for 10,000 weights",
    seeded=True,
    fits=too_large,
)
