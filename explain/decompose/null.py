"""Networks without structure: each unit keeps the number and the strength of its ties, no more."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.network import Network
from explain.decompose.heads import Link
from explain.decompose.unit_graph import UnitGraph, graph_of_cells, kernel_norms, subgraph

Matrix = NDArray[np.float32]
Pattern = NDArray[np.bool_]
_Planted = tuple[NDArray[np.int64], float]

_BALANCING = 20
"""Rounds of making rows and columns alike; a dense block needs 5."""
_RESTORING = 4
"""Rounds of giving a drawn block its sums back: after 4 they differ by less than 1 %."""
_TRADES = 10
"""Trades that a row has with another before it is drawn again."""


_FAINT = 0.01
"""Below this share of the mean a weight is as good as none: L1 training leaves such."""


class NullNetworks:
    """Draws networks without structure that are like one network in all that a unit can see of it.

    In each block of |weights|, rows (units) by columns (what they read, a channel as one), every
    row and column keeps how many weights it has and their sum. Weights are divided by a strength
    of their row and one of their column, so that those that are there average 1; where weights
    are missing, pairs of rows trade their columns, which keeps the counts; the divided weights
    are shuffled within each row, multiplied by the strengths again, and rows and columns are
    scaled in turn until the sums are back.

    Sources: Strona et al. 2014, "A fast and unbiased procedure to randomize ecological binary
    matrices with fixed row and column totals" (trades); Sinkhorn and Knopp 1967 (scaling).
    Differs: weights beside the pattern.
    """

    def __init__(self, graph: UnitGraph, seed: int | Sequence[int]) -> None:
        self._whole, self._inside = graph.whole or graph, graph.inside
        self._random = np.random.default_rng(seed)
        network, skeleton = self._whole.subject.network, self._whole.skeleton
        self._cells = {layer: kernel_norms(network, layer) for layer in skeleton.layers}
        self._tables = {
            layer: _tables(self._whole, self._inside, layer, self._cells[layer])
            for layer in _once(network, skeleton.layers)
        }

    @property
    def nodes(self) -> int:
        """Return how many units the whole graph has."""
        return self._whole.skeleton.nodes

    def draw(self, planted: NDArray[np.int64] | None = None, leak: float = 1.0) -> UnitGraph:
        """Return the graph of the next one. Cost: no pass; some passes over the weights.

        Args:
            planted: module of each unit [nodes of the whole graph], made the only structure that
                there is; rows and columns keep their sums.
            leak: how strong ties between planted modules are beside those within, 0 to 1.
        """
        network = self._whole.subject.network
        weaker = None if planted is None else (planted, leak)
        drawn = {
            id(network.get_parameter(f"{layer}.weight")): self._drawn(layer, tables, weaker)
            for layer, tables in self._tables.items()
        }
        cells = {
            layer: drawn[id(network.get_parameter(f"{layer}.weight"))] for layer in self._cells
        }
        found = graph_of_cells(self._whole.subject, self._whole.skeleton, cells)
        return found if self._inside is None else subgraph(found, self._inside)

    def _drawn(self, layer: str, tables: "list[_Table]", planted: _Planted | None) -> Tensor:
        cells = self._cells[layer].clone()
        for table in tables:
            rows = torch.from_numpy(table.rows)[:, None]
            cells[rows, torch.from_numpy(table.features)] = 0.0
            cells[rows, torch.from_numpy(table.firsts)] = torch.from_numpy(
                table.draw(self._random, planted)
            )
        return cells


def _once(network: Network, layers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first layer of each weight that several share."""
    first = {id(network.get_parameter(f"{layer}.weight")): layer for layer in reversed(layers)}
    return tuple(reversed(first.values()))


class _Table:
    """A block of a layer: `rows` by columns, each column the `features` of one unit together.

    `firsts` [columns]: the feature where a column's sum is put. `nodes`: the units of the rows, and
    the first unit of each column.
    """

    def __init__(
        self,
        rows: NDArray[np.int64],
        features: NDArray[np.int64],
        firsts: NDArray[np.int64],
        strengths: Matrix,
        nodes: tuple[NDArray[np.int64], NDArray[np.int64]],
    ) -> None:
        self.rows, self.features, self.firsts = rows, features, firsts
        self._nodes = nodes
        self._sums = strengths.sum(1), strengths.sum(0)
        self._row, self._column = _balanced(strengths)
        self._there = strengths > 0
        self._even = self._row[:, None] * strengths * self._column

    def draw(self, random: np.random.Generator, planted: _Planted | None) -> Matrix:
        """Return the next block without structure, or with what is planted alone."""
        self._trade(random)
        found = np.asarray(self._dealt(random) / self._row[:, None] / self._column)
        if planted is not None:
            labels, leak = planted
            row, column = (labels[nodes] for nodes in self._nodes)
            found[row[:, None] != column] *= leak
        return _restored(found, self._sums)

    def _trade(self, random: np.random.Generator) -> None:
        for _ in range(_TRADES):
            order = random.permutation(len(self._there))
            half = len(order) // 2
            one, other = order[:half], order[half : 2 * half]
            self._there[one], self._there[other] = _traded(
                self._there[one], self._there[other], random
            )

    def _dealt(self, random: np.random.Generator) -> Matrix:
        """Return each row's own weights in random order where the pattern now has some."""
        row, _ = held = self._even.nonzero()
        order = np.argsort(row + random.random(len(row)))
        found = np.zeros_like(self._even)
        found[self._there] = self._even[held][order]
        return found


def _traded(one: Pattern, other: Pattern, random: np.random.Generator) -> tuple[Pattern, Pattern]:
    """Return pairs of rows after each has dealt anew what only one of the two has."""
    apart = one ^ other
    quota = (one & apart).sum(1, keepdims=True)
    luck = np.where(apart, random.random(apart.shape, np.float32), np.float32(2.0))
    chosen = np.zeros_like(apart)
    np.put_along_axis(chosen, luck.argsort(1), np.arange(apart.shape[1]) < quota, axis=1)
    both = one & other
    return both | chosen, both | (apart & ~chosen)


def _balanced(strengths: Matrix) -> tuple[Matrix, Matrix]:
    """Return factors of rows and columns by which those that are there average 1 in each."""
    there = strengths > 0
    rows, columns = there.sum(1).astype(np.float32), there.sum(0).astype(np.float32)
    row, column = np.ones_like(rows), np.ones_like(columns)
    for _ in range(_BALANCING):
        row = rows / (strengths @ column)
        column = columns / (row @ strengths)
    return row, column


def _restored(found: NDArray[np.floating], sums: tuple[Matrix, Matrix]) -> Matrix:
    """Return a block scaled until its rows and columns have these sums."""
    rows, columns = sums
    for _ in range(_RESTORING):
        found *= (rows / found.sum(1))[:, None]
        found *= columns / found.sum(0)
    return found


def _tables(whole: UnitGraph, inside: Pattern | None, layer: str, cells: Tensor) -> list[_Table]:
    """Return the blocks of a layer: one, or one for each group of a grouped convolution."""
    groups = int(getattr(whole.subject.network.get_submodule(layer), "groups", 1))
    there = np.ones(whole.skeleton.nodes, np.bool_) if inside is None else inside
    place = {group.key: group for group in whole.skeleton.groups}
    living = there[place[layer].nodes]
    links = [link for link in whole.skeleton.links if link.target == layer]
    read = [there[place[link.source].nodes] for link in links]
    keys = _columns(links, read, cells.shape[1])
    first = _first_units(links, [place[link.source].nodes.start for link in links], cells.shape[1])
    nodes = place[layer].nodes.start, first
    rows, features = (np.array_split(np.arange(n), groups) for n in cells.shape)
    found = [
        _table(cells.numpy(), own[living[own]], read_here[keys[read_here] >= 0], keys, nodes)
        for own, read_here in zip(rows, features, strict=True)
    ]
    return [table for table in found if table is not None]


def _columns(links: Sequence[Link], living: Sequence[Pattern], features: int) -> NDArray[np.int64]:
    """Return which column each feature goes to: features of the same units together, -1 for none.

    Where a feature is steered by many units (attention), each feature is a column of its own.
    """
    seen = np.full((features, len(links) + 1), -1, np.int64)
    alive = np.zeros(features, np.bool_)
    for at, (link, there) in enumerate(zip(links, living, strict=True)):
        seen[link.features, at] = link.units
        np.logical_or.at(alive, link.features, there[link.units])
        if len(np.unique(link.features)) < len(link.features):
            seen[:, -1] = np.arange(features)
    keys = np.unique(seen, axis=0, return_inverse=True)[1].reshape(-1)
    return np.where(alive, keys, -1)


def _first_units(links: Sequence[Link], starts: Sequence[int], features: int) -> NDArray[np.int64]:
    """Return the node of a unit that steers each feature, -1 where none does."""
    found = np.full(features, -1, np.int64)
    for link, start in zip(links, starts, strict=True):
        found[link.features] = start + link.units
    return found


def _table(
    cells: Matrix,
    rows: NDArray[np.int64],
    features: NDArray[np.int64],
    keys: NDArray[np.int64],
    nodes: tuple[int, NDArray[np.int64]],
) -> _Table | None:
    """Return the block without empty rows and columns, None where nothing can change its place.

    `nodes`: the node of row 0, and the node of a unit that steers each feature.
    """
    if not len(rows) or not len(features):
        return None
    order = np.argsort(keys[features], kind="stable")
    features = features[order]
    _, starts, column = np.unique(keys[features], return_index=True, return_inverse=True)
    strengths = np.add.reduceat(cells[rows][:, features], starts, axis=1)
    strengths[strengths < _FAINT * strengths.mean()] = 0.0
    own, held = np.flatnonzero(strengths.any(1)), np.flatnonzero(strengths.any(0))
    if len(own) < 2 or len(held) < 2:
        return None
    firsts = features[starts[held]]
    return _Table(
        rows[own],
        features[np.isin(column, held)],
        firsts,
        strengths[own][:, held],
        (nodes[0] + rows[own], nodes[1][firsts]),
    )
