"""What runs within and between modules: cut matrix, n-cut, modularity."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.decompose.unit_graph import UnitGraph

Labels = NDArray[np.int64]
Matrix = NDArray[np.float64]


def attach_ends(graph: UnitGraph, labels: Labels, count: int) -> Labels:
    """Return the module of every node: inputs and outputs go where they are tied most strongly.

    `labels` [hidden units] stay as they are. A node without ties to a hidden unit goes to 0.
    """
    found = np.full(graph.skeleton.nodes, -1, np.int64)
    found[graph.hidden] = labels
    ties = np.zeros((graph.skeleton.nodes, count))
    for block in graph.blocks:
        for own, other, strength in (
            (block.source, block.target, block.strength.T),
            (block.target, block.source, block.strength),
        ):
            if own.role != "hidden" and other.role == "hidden":
                ties[own.nodes] += (strength @ _one_hot(found[other.nodes], count)).double().numpy()
    return np.where(found < 0, ties.argmax(1), found).astype(np.int64)


def cut_matrix(graph: UnitGraph, labels: Labels, count: int) -> Matrix:
    """Return the strength between every two modules [count, count], each edge counted twice.

    `labels` [nodes]. The diagonal holds twice the strength within; a row sums to the module's
    volume.
    """
    found = np.zeros((count, count))
    for block in graph.blocks:
        above = _one_hot(labels[block.source.nodes], count)
        below = _one_hot(labels[block.target.nodes], count)
        found += (below.double().T @ (block.strength @ above).double()).numpy()
    return np.asarray(found + found.T)


def cut_share(cuts: Matrix) -> float:
    """Return the share of all strength that runs between modules, 0 to 1."""
    total = cuts.sum()
    return float(1 - cuts.trace() / total) if total > 0 else 0.0


def modularity(cuts: Matrix) -> float:
    """Return Newman's Q = Σ (within / m - (volume / 2m)²), below 1.

    Source: Newman and Girvan 2004, equation 5, with weights.
    """
    total = cuts.sum()
    if total == 0:
        return 0.0
    return float(cuts.trace() / total - ((cuts.sum(1) / total) ** 2).sum())


def n_cut(cuts: Matrix) -> float:
    """Return Σ over modules of the strength that leaves / the module's volume, 0 to count.

    Source: Shi and Malik 2000, "Normalized cuts and image segmentation", equation 2. A module
    without any strength counts 0.
    """
    volumes = cuts.sum(1)
    leaving = volumes - cuts.diagonal()
    return float(np.divide(leaving, volumes, out=np.zeros_like(volumes), where=volumes > 0).sum())


def _one_hot(labels: Labels, count: int) -> Tensor:
    """Return [nodes, count] float32; a node without a module (-1) is in none."""
    found = torch.zeros(len(labels), count)
    inside = np.flatnonzero(labels >= 0)
    found[inside, labels[inside]] = 1.0
    return found
