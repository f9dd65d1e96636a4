"""Layered-null spectral partition: what ties units beyond their layers' own chance."""

import numpy as np

from explain.core.methods import Partitioner
from explain.decompose.layered import layered_spectrum, refine_labels
from explain.decompose.spectral import cluster_rows
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph


def layered_null(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Group nodes by the leading eigenvectors of the layered-null matrix, then move single units.

    Where the moves would empty a module, the groups stay as the eigenvectors have them.
    """
    count = wanted.count or 1
    if count == 1:
        return Split(labels=np.zeros(len(graph.hidden), np.int64))
    vectors = layered_spectrum(graph, count - 1, seed=wanted.seed).vectors
    start = cluster_rows(vectors, count, wanted.seed)
    labels = refine_labels(graph, start, count)[graph.hidden]
    full = len(np.unique(labels)) == count
    return Split(labels=labels if full else cluster_rows(vectors[graph.hidden], count, wanted.seed))


LAYERED_NULL = Partitioner(
    key="layered-null",
    title="Find groups in the weights",
    line="Groups units that are tied more strongly than their two layers would tie them by chance.",
    function=layered_null,
    count="estimated",
    formula="B = (|W| − r·cᵀ/m) / √(r·cᵀ) per layer pair, stacked; "
    "leading k−1 eigenvectors; k-means; then each unit to its best module",
    source="own; bipartite null of Barber 2007, arXiv:0707.1616, one for each pair of layers",
    differs="Every pair of layers has its own null, since only neighbouring layers can be linked.",
    cost="no pass through the network; a few products with its weights",
    seeded=True,
)
