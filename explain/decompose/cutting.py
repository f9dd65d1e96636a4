"""What runs within and between modules (cut, n-cut, modularity); modules merged and split."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.decompose.layered import layered_spectrum
from explain.decompose.split import by_size
from explain.decompose.unit_graph import UnitGraph, subgraph

Labels = NDArray[np.int64]
Matrix = NDArray[np.float64]


def attach_ends(graph: UnitGraph, labels: Labels, count: int) -> Labels:
    """Return the module of every node: inputs and outputs go where they are tied most strongly.

    `labels` [hidden units] stay as they are, also -1 for no module. An input or output without
    ties to a module goes to 0.
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
    ends = np.ones(len(found), np.bool_)
    ends[graph.hidden] = False
    return np.where(ends, ties.argmax(1), found).astype(np.int64)


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
    return float(_shares(volumes - cuts.diagonal(), volumes).sum())


def _one_hot(labels: Labels, count: int) -> Tensor:
    """Return [nodes, count] float32; a node without a module (-1) is in none."""
    found = torch.zeros(len(labels), count)
    inside = np.flatnonzero(labels >= 0)
    found[inside, labels[inside]] = 1.0
    return found


def brought_to(graph: UnitGraph, labels: Labels, count: int | None) -> Labels:
    """Return the labels with closest pairs merged or largest modules split until `count` is met.

    None leaves them as they are; a network of fewer units than modules stays below the number.
    Where the number is given, units without any tie join the largest module first: each alone
    would count as one, and real modules would be merged in its place.
    """
    labels = by_size(labels)
    if count is not None:
        labels = by_size(np.where(graph.degrees()[graph.hidden] == 0, 0, labels))
    while count is not None and labels.max() + 1 > count:
        labels = by_size(merge_labels(labels, *closest_pair(graph, labels)))
    while count is not None and labels.max() + 1 < min(count, len(labels)):
        labels = by_size(split_in_two(graph, labels, int(np.bincount(labels).argmax())))
    return labels


def closest_pair(graph: UnitGraph, labels: Labels) -> tuple[int, int]:
    """Return the two modules whose merging lowers the n-cut most, the first such pair.

    All pairs at once: from modules of volume v and leaving strength l, with c between them, merging
    changes the n-cut by (l + l' - 2c) / (v + v') - l / v - l' / v'.
    """
    count = int(labels.max()) + 1
    cuts = cut_matrix(graph, attach_ends(graph, labels, count), count)
    volumes = cuts.sum(1)
    leaving = volumes - cuts.diagonal()
    share = _shares(leaving, volumes)
    joined = _shares(leaving[:, None] + leaving - 2 * cuts, volumes[:, None] + volumes)
    change = joined - share[:, None] - share
    one, other = np.triu_indices(count, 1)
    best = int(change[one, other].argmin())
    return int(one[best]), int(other[best])


def _shares(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return parts / wholes, 0 where there is nothing."""
    return np.divide(parts, wholes, out=np.zeros_like(wholes), where=wholes > 0)


def merge_labels(labels: Labels, one: int, other: int) -> Labels:
    """Return the labels with module `other` in `one`, and the numbers above it moved down."""
    low, high = min(one, other), max(one, other)
    found = np.where(labels == high, low, labels)
    return np.where(found > high, found - 1, found)


def split_in_two(graph: UnitGraph, labels: Labels, module: int) -> Labels:
    """Return the labels with one module split; its second half gets the next free number.

    Split by the sign of the leading eigenvector of the module's own layered-null matrix, which is
    the second one of its graph (the first is constant and taken out with the null). Where all
    signs agree, in the middle.
    """
    count = int(labels.max()) + 1
    part = subgraph(graph, attach_ends(graph, labels, count) == module)
    vector = layered_spectrum(part, 1).vectors[part.hidden, 0].numpy()
    second = vector < 0
    if second.all() or not second.any():
        second = np.argsort(np.argsort(vector, kind="stable"), kind="stable") < len(vector) // 2
    found = labels.copy()
    found[np.flatnonzero(labels == module)[second]] = count
    return found
