"""The layered null: pairs of layers against a null of their own, and how many modules."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.partition import PLANTED_LEAK, ModuleCount
from explain.core.resources import Progress, counted
from explain.decompose.null import NullNetworks
from explain.decompose.spectral import Spectrum, largest_eigenpairs
from explain.decompose.unit_graph import StrengthBlock, UnitGraph

_SPARSE_BELOW = 0.2
"""A block with fewer entries than this share is kept in compressed rows: measured on [1000, 1000]
times [1000, 8], 0.06 ms at 5 % and 0.2 ms at 20 % in place of 1.2 ms."""
_MOST_ROUNDS = 20

warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """B = (A - r cᵀ/m) / √(r cᵀ) of one block, as a scaled matrix and what is taken from it."""

    rows: slice
    columns: slice
    scaled: Tensor
    transposed: Tensor
    left: Tensor
    right: Tensor


def layered_spectrum(graph: UnitGraph, count: int, *, seed: int = 0) -> Spectrum:
    """Return the largest eigenpairs of the stacked, symmetric layered-null matrix.

    For each block A of |weights| with row sums r, column sums c and sum m the entries are
    B = (A - r cᵀ/m) / √(r cᵀ): what is there beyond what two layers of these sums would have by
    chance, in a unit free of the layers' scales. Ordinary modularity would take any two units for
    linkable, also two of one layer. B is never built; blocks with few entries stay sparse.
    """
    return largest_eigenpairs(_operator(graph), graph.skeleton.nodes, count, seed=seed)


def largest_eigenvalue(graph: UnitGraph, *, seed: int = 0) -> float:
    """Return the largest eigenvalue of the layered-null matrix."""
    return float(largest_eigenpairs(_operator(graph), graph.skeleton.nodes, 1, seed=seed).values[0])


def refine_labels(graph: UnitGraph, labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the labels [nodes] improved layer by layer until no unit moves (at most 20 rounds).

    Every unit goes to the module m with the largest Σ B over its edges into m. Units of one layer
    are not linked with each other, so each layer's move is the best possible given the others,
    and Σ B within modules never falls. A residual sum links layers, never units of one layer.
    """
    parts, found = _parts(graph), labels.copy()
    near = {
        group.key: [part for part in parts if group.nodes in (part.rows, part.columns)]
        for group in graph.skeleton.groups
    }
    for _ in range(_MOST_ROUNDS):
        before = found.copy()
        for group in graph.skeleton.groups:
            one_hot = torch.nn.functional.one_hot(torch.from_numpy(found), count).float()
            pull = sum(_pull(part, group.nodes, one_hot) for part in near[group.key])
            if isinstance(pull, Tensor):
                found[group.nodes] = pull.argmax(1).numpy()
        if np.array_equal(found, before):
            break
    return found


def _pull(part: _Part, nodes: slice, vectors: Tensor) -> Tensor:
    """Return the product of one block with vectors for the nodes at one of its sides."""
    if nodes == part.rows:
        above = vectors[part.columns]
        return part.scaled @ above - part.left * (part.right.T @ above)
    below = vectors[part.rows]
    return part.transposed @ below - part.right * (part.left.T @ below)


def _parts(graph: UnitGraph) -> list[_Part]:
    return [_part(block) for block in graph.blocks if float(block.strength.sum()) > 0]


def _operator(graph: UnitGraph) -> Callable[[Tensor], Tensor]:
    parts = _parts(graph)

    def product(vectors: Tensor) -> Tensor:
        found = torch.zeros_like(vectors)
        for part in parts:
            found[part.rows] += _pull(part, part.rows, vectors)
            found[part.columns] += _pull(part, part.columns, vectors)
        return found

    return product


def _part(block: StrengthBlock) -> _Part:
    strength = block.strength
    rows, columns = strength.sum(1), strength.sum(0)
    scaled, transposed = _scaled(strength, _root(rows), _root(columns))
    total = rows.sum().sqrt()
    return _Part(
        rows=block.target.nodes,
        columns=block.source.nodes,
        scaled=scaled,
        transposed=transposed,
        left=(rows.sqrt() / total)[:, None],
        right=(columns.sqrt() / total)[:, None],
    )


def _root(sums: Tensor) -> Tensor:
    """Return 1/√sum, 0 for a unit without weights."""
    return torch.where(sums > 0, sums, torch.inf).rsqrt()


def _scaled(matrix: Tensor, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return the matrix with its rows and columns scaled, and that transposed."""
    there = matrix != 0
    if int(there.count_nonzero()) >= _SPARSE_BELOW * matrix.numel():
        scaled = matrix * left[:, None] * right[None, :]
        return scaled, scaled.T
    place = torch.from_numpy(np.flatnonzero(there.numpy()))
    wide = matrix.shape[1]
    row, column = place // wide, place % wide
    values = matrix.flatten()[place] * left[row] * right[column]
    columns, order = column.sort(stable=True)
    return (
        _in_rows(row, column, values, (len(left), len(right))),
        _in_rows(columns, row[order], values[order], (len(right), len(left))),
    )


def _in_rows(row: Tensor, column: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """Return entries whose rows rise as a matrix in compressed rows."""
    ends = torch.bincount(row, minlength=shape[0]).cumsum(0)
    starts = torch.cat([ends.new_zeros(1), ends])
    return torch.sparse_csr_tensor(starts, column, values, shape, check_invariants=False)


NULL_NETWORKS = 20
PLANTED_NETWORKS = 10
MOST_MODULES = 12


def estimate_count(
    graph: UnitGraph, *, seed: int = 0, progress: Progress | None = None
) -> ModuleCount:
    """Return the number of modules: 1 + eigenvalues that stand above 20 null networks.

    Both from the layered-null matrix; null networks are those of `NullNetworks`, their bar is
    `ModuleCount.bar`. 1 means that no modules were found; at most 12 are looked for. The bar was
    chosen on planted networks and controls (bench/README.md, with the share of false alarms).
    Power: the share of 10 more null networks, two modules of random units planted in each, of which
    more than one module is said. Cost: no pass; 30 leading eigenvalues. Source: Horn 1965, parallel
    analysis for the number of components, here with null networks in place of random data.
    """
    nulls = NullNetworks(graph, seed)
    values = layered_spectrum(graph, MOST_MODULES - 1, seed=seed).values.numpy()
    random = np.random.default_rng(seed)
    plans = [None] * NULL_NETWORKS + [
        random.integers(0, 2, nulls.nodes) for _ in range(PLANTED_NETWORKS)
    ]
    largest = np.array(
        [
            largest_eigenvalue(nulls.draw(planted, PLANTED_LEAK), seed=seed)
            for planted in counted(plans, progress)
        ]
    )
    found = ModuleCount(
        count=1,
        eigenvalues=values,
        null_largest=largest[:NULL_NETWORKS],
        power=float("nan"),
        planted=PLANTED_NETWORKS,
    )
    return replace(
        found,
        count=1 + int((values > found.bar).sum()),
        power=float((largest[NULL_NETWORKS:] > found.bar).mean()),
    )
