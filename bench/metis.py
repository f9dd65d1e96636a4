"""METIS, where it is installed (`pip install pymetis==2025.2.2`): a peer for partitions."""

from importlib import import_module
from importlib.util import find_spec

from explain.core.partition import UnitLabels
from explain.core.subject import Subject
from explain.decompose.partitioning import unit_graph_of
from explain.decompose.unit_graph import as_networkx, communities_to_labels

_LARGEST = 1000
"""METIS takes whole numbers: the largest |weight| is this, the smallest at least 1."""


def has_metis() -> bool:
    """Return whether METIS can be asked."""
    return find_spec("pymetis") is not None


def by_metis(subject: Subject, parts: int) -> UnitLabels:
    """Return METIS's k-way parts of the graph of |weights|, of about equal size.

    Source: Karypis and Kumar 1998, through pymetis; inputs and outputs are parted with the units.
    """
    graph = unit_graph_of(subject)
    whole = as_networkx(graph)
    most = max((weight for _, _, weight in whole.edges(data="weight")), default=1.0)
    starts, ends, weights = [0], [], []
    for node in range(graph.skeleton.nodes):
        for other, edge in whole[node].items():
            ends.append(other)
            weights.append(max(1, round(_LARGEST * edge["weight"] / most)))
        starts.append(len(ends))
    _, found = import_module("pymetis").part_graph(
        parts, xadj=starts, adjncy=ends, eweights=weights
    )
    sets = [[node for node, part in enumerate(found) if part == p] for p in range(parts)]
    return graph.by_layer(communities_to_labels(graph, sets))
