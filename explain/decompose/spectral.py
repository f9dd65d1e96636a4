"""From a symmetric operator over its leading eigenvectors to groups of units."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.decompose.unit_graph import UnitGraph

Points = NDArray[np.float64]

_STARTS = 10
_MOST_ROUNDS = 100


def k_means(points: Points, count: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return the cluster 0..count-1 of each point [n, dimensions].

    Lloyd's algorithm from 10 k-means++ starts (Arthur and Vassilvitskii 2007); the start with the
    smallest sum of squares wins. Fewer distinct points than clusters leave clusters unused.
    """
    random = np.random.default_rng(seed)
    found = [_lloyd(points, _seeds(points, count, random)) for _ in range(_STARTS)]
    return min(found, key=lambda pair: pair[1])[0]


def _seeds(points: Points, count: int, random: np.random.Generator) -> Points:
    """Draw far-apart points: each with a chance as large as its squared distance to the drawn."""
    chosen = [int(random.integers(len(points)))]
    nearest = _squares(points, points[chosen])[:, 0]
    while len(chosen) < count:
        total = nearest.sum()
        chances = nearest / total if total > 0 else None
        chosen.append(int(random.choice(len(points), p=chances)))
        nearest = np.minimum(nearest, _squares(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _lloyd(points: Points, centres: Points) -> tuple[NDArray[np.int64], float]:
    labels = np.full(len(points), -1)
    for _ in range(_MOST_ROUNDS):
        distances = _squares(points, centres)
        moved = distances.argmin(1)
        if np.array_equal(moved, labels):
            break
        labels = moved
        centres = _means(points, labels, centres)
    return labels.astype(np.int64), float(_squares(points, centres).min(1).sum())


def _means(points: Points, labels: NDArray[np.int64], centres: Points) -> Points:
    """Return the mean of each cluster; an empty one keeps its centre."""
    members = (labels[:, None] == np.arange(len(centres))).astype(np.float64)
    counts, sums = members.sum(0), members.T @ points
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)


def _squares(points: Points, centres: Points) -> Points:
    """Return the squared distances [points, centres]."""
    cross = points @ centres.T
    found = (points**2).sum(1)[:, None] - 2 * cross + (centres**2).sum(1)[None, :]
    return np.asarray(np.maximum(found, 0.0))


Operator = Callable[[Tensor], Tensor]

_BLOCK = 8
_MOST_STEPS = 40
_LOOK = 2
"""Steps between looks at the eigenpairs found so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`values` [count], falling; `vectors` [n, count], orthonormal columns, float64."""

    values: Tensor
    vectors: Tensor


def largest_eigenpairs(
    product: Operator, size: int, count: int, *, seed: int = 0, tolerance: float = 1e-3
) -> Spectrum:
    """Return the algebraically largest eigenpairs by block Lanczos iteration with Rayleigh-Ritz.

    Args:
        product: maps [n, columns] float32 to the operator's product with it.
        size: n.
        count: how many pairs; fewer where n is smaller.
        seed: of the first block of vectors; same seed, same bytes.
        tolerance: stops when no residual is above this share of the largest |eigenvalue|.

    A block of vectors finds equal eigenvalues together, which a single vector would miss. What
    making a product orthogonal to the basis takes away is the operator inside that basis, and what
    it leaves is the residual, so neither costs a product of its own.
    Source: Golub and Underwood 1977, "The block Lanczos method for computing eigenvalues". Differs:
    every block is made orthogonal to all before it, twice.
    """
    count = min(count, size)
    width = min(size, max(_BLOCK, min(count, 2 * _BLOCK)))
    basis = torch.empty(min(size, width * _MOST_STEPS), size)
    random = torch.Generator().manual_seed(seed)
    basis[:width] = torch.linalg.qr(torch.randn(size, width, generator=random))[0].T
    inner = torch.zeros(0, 0)
    for step, at in enumerate(range(0, len(basis), width), start=1):
        rows, known = basis[at : at + width], basis[: at + width]
        inside, fresh, left = _apart(product(rows.T.contiguous()).T, known)
        inner = _grown(inner, inside)
        room = basis[at + width : at + 2 * width]
        if len(room) == 0 or step % _LOOK == 0:
            values, turns = _ritz(inner, count)
            gap = (left.double() @ turns[-len(rows) :]).norm(dim=0).max()
            if float(gap) <= tolerance * float(values.abs().max().clamp_min(1e-30)):
                break
        room[:] = fresh[: len(room)]
    return Spectrum(values=values, vectors=known.T.double() @ turns)


def _apart(images: Tensor, basis: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rows [w, n] as insideᵀ · basis [p, n] + leftᵀ · fresh [w, n], fresh orthonormal."""
    inside = images @ basis.T
    fresh, left = torch.linalg.qr((images - inside @ basis).T)
    again = fresh.T @ basis.T
    fresh, more = torch.linalg.qr((fresh.T - again @ basis).T)
    return inside.T, fresh.T.contiguous(), more @ left


def _grown(inner: Tensor, inside: Tensor) -> Tensor:
    """Return a symmetric matrix with the columns `inside` [p, w] and as many rows added."""
    before, whole = len(inner), len(inside)
    grown = torch.zeros(whole, whole, dtype=torch.float64)
    grown[:before, :before] = inner
    grown[:, before:] = inside
    grown[before:, :before] = inside[:before].T
    return grown


def _ritz(inner: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the largest eigenvalues [c], falling, and their eigenvectors [p, c]."""
    values, turns = torch.linalg.eigh((inner + inner.T) / 2)
    wanted = min(count, len(values))
    return values[-wanted:].flip(0), turns[:, -wanted:].flip(1)


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
