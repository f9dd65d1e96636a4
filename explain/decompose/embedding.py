"""Spectral partitions: from leading eigenvectors to groups of units."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.decompose.k_means import k_means
from explain.decompose.spectrum import largest_eigenpairs
from explain.decompose.unit_graph import UnitGraph


def cluster_rows(vectors: Tensor, count: int, seed: int) -> NDArray[np.int64]:
    """Group the rows of eigenvectors by their direction: k-means on rows of length 1.

    Source: Ng, Jordan and Weiss 2001, "On spectral clustering", step 4.
    """
    rows = vectors.numpy()
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return k_means(rows / np.maximum(lengths, 1e-12), count, seed=seed)


def normalised_cut(
    graph: UnitGraph, count: int, seed: int, *, hidden_only: bool
) -> NDArray[np.int64]:
    """Return the labels of hidden units that spectral clustering for the n-cut finds.

    The leading `count` eigenvectors of D^-1/2 A D^-1/2, each node divided by the root of its
    degree, then k-means. With `hidden_only` the graph is that of hidden units alone, else inputs
    and outputs are clustered with them.
    """
    blocks = [
        b for b in graph.blocks if not hidden_only or _is_hidden(b.source.role, b.target.role)
    ]
    degrees = torch.zeros(graph.skeleton.nodes)
    for block in blocks:
        degrees[block.target.nodes] += block.strength.sum(1)
        degrees[block.source.nodes] += block.strength.sum(0)
    roots = torch.where(degrees > 0, degrees, torch.inf).rsqrt()[:, None]

    def product(vectors: Tensor) -> Tensor:
        scaled, found = roots * vectors, torch.zeros_like(vectors)
        for block in blocks:
            found[block.target.nodes] += block.strength @ scaled[block.source.nodes]
            found[block.source.nodes] += block.strength.T @ scaled[block.target.nodes]
        return roots * found

    vectors = largest_eigenpairs(product, graph.skeleton.nodes, count, seed=seed).vectors * roots
    nodes = graph.hidden if hidden_only else np.arange(graph.skeleton.nodes)
    labels = np.zeros(graph.skeleton.nodes, np.int64)
    labels[nodes] = k_means(vectors.numpy()[nodes], count, seed=seed)
    return labels[graph.hidden]


def _is_hidden(*roles: str) -> bool:
    return set(roles) == {"hidden"}
