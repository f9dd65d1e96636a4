"""The one place where a graph of units becomes a networkx graph."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import Message
from explain.core.subject import Subject
from explain.decompose.unit_graph import UnitGraph

if TYPE_CHECKING:
    import networkx as nx


MOST_EDGES = 60_000


def as_networkx(graph: UnitGraph) -> "nx.Graph":
    """Return all nodes, and an edge with its summed strength for each pair that is joined."""
    import networkx as nx

    found = nx.Graph()
    found.add_nodes_from(range(graph.skeleton.nodes))
    for block in graph.blocks:
        rows, columns = (i.numpy() for i in block.strength.nonzero(as_tuple=True))
        for row, column in zip(rows, columns, strict=True):
            one, other = int(block.target.first + row), int(block.source.first + column)
            before = found.get_edge_data(one, other, {"weight": 0.0})["weight"]
            found.add_edge(one, other, weight=before + float(block.strength[row, column]))
    return found


def communities_to_labels(
    graph: UnitGraph, communities: Iterable[Collection[int]]
) -> NDArray[np.int64]:
    """Return the labels of hidden units from sets of nodes; sets without any leave no label."""
    labels = np.zeros(graph.skeleton.nodes, np.int64)
    for number, nodes in enumerate(communities):
        labels[list(nodes)] = number
    found = np.unique(labels[graph.hidden], return_inverse=True)[1]
    return np.asarray(found, np.int64)


def too_large(subject: Subject) -> Message | None:
    """Return why the network is too large for algorithms in plain Python."""
    weights = sum(
        int(subject.network.get_parameter(name).count_nonzero())
        for name in subject.network.prunable
    )
    if weights <= MOST_EDGES:
        return None
    return Message("decompose.too_large", weights=weights, most=MOST_EDGES)
