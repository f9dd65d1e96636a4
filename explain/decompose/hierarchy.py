"""dendrogram: from the whole network over its modules down to small groups of units."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from explain.core.partition import Dendrogram, Partition
from explain.core.resources import Progress, silent
from explain.core.subject import Subject
from explain.decompose.cutting import (
    attach_ends,
    closest_pair,
    cut_matrix,
    cut_share,
    merge_labels,
    split_in_two,
)
from explain.decompose.partitioning import unit_graph_of
from explain.decompose.unit_graph import UnitGraph, subgraph

LEAVES = 64

Units = NDArray[np.int64]


@dataclass(slots=True, kw_only=True, eq=False)
class _Branch:
    """A group of hidden units (places among them) and the two it consists of."""

    units: Units
    module: int
    height: float = 0.0
    children: list["_Branch"] = field(default_factory=list)


def dendrogram(
    subject: Subject,
    parts: Partition,
    *,
    leaves: int = LEAVES,
    progress: Progress | None = None,
) -> Dendrogram:
    """Return the tree over the modules and into them.

    Above the modules: the closest pair is merged again and again (the one that lowers the n-cut
    most). Below: the largest group is split by its second eigenvector until there are `leaves`
    groups or each is a single unit. A branch's height is the share of |weight| within it that
    runs between its two children; heights need not fall on the way down.

    Raises:
        Whatever `progress` raises.
    """
    graph = unit_graph_of(subject)
    labels = graph.flat(parts.labels)
    branches = [
        _Branch(units=np.flatnonzero(labels == module), module=module)
        for module in range(parts.count)
    ]
    root = _above(graph, labels, branches)
    _below(graph, branches, min(leaves, len(labels)), progress or silent)
    return _flat(graph, root)


def _above(graph: UnitGraph, labels: Units, branches: list[_Branch]) -> _Branch:
    """Merge the branches pair by pair; return the one that holds all."""
    found = list(branches)
    while len(found) > 1:
        one, other = sorted(closest_pair(graph, labels))
        pair = [found[one], found.pop(other)]
        labels = merge_labels(labels, one, other)
        found[one] = _Branch(
            units=np.sort(np.concatenate([branch.units for branch in pair])),
            module=-1,
            height=_height(graph, pair),
            children=pair,
        )
    return found[0]


def _below(graph: UnitGraph, branches: list[_Branch], leaves: int, tell: Progress) -> None:
    """Split the largest leaf until there are enough."""
    current, first = list(branches), len(branches)
    while len(current) < leaves:
        largest = max(current, key=lambda branch: len(branch.units))
        largest.children = _halves(graph, largest)
        largest.height = _height(graph, largest.children)
        current.remove(largest)
        current += largest.children
        tell((len(current) - first) / max(1, leaves - first))


def _halves(graph: UnitGraph, branch: _Branch) -> list[_Branch]:
    inside = np.ones(len(graph.hidden), np.int64)
    inside[branch.units] = 0
    labels = inside if inside.any() else np.zeros_like(inside)
    halves = split_in_two(graph, labels, 0)
    new = int(halves.max())
    return [
        _Branch(units=np.flatnonzero((labels == 0) & (halves == number)), module=branch.module)
        for number in (0, new)
    ]


def _height(graph: UnitGraph, pair: list[_Branch]) -> float:
    """Return the share of |weight| between two groups, of all between and within them."""
    labels = np.full(len(graph.hidden), 2, np.int64)
    for number, branch in enumerate(pair):
        labels[branch.units] = number
    nodes = attach_ends(graph, labels, 3)
    part = subgraph(graph, nodes < 2)
    return cut_share(cut_matrix(part, nodes[nodes < 2], 2))


def _flat(graph: UnitGraph, root: _Branch) -> Dendrogram:
    """Number the branches breadth first."""
    order, parents = [root], [-1]
    for place, branch in enumerate(order):
        order.extend(branch.children)
        parents.extend([place] * len(branch.children))
    number = {id(branch): place for place, branch in enumerate(order)}
    pairs = [[number[id(c)] for c in b.children] or [-1, -1] for b in order]
    return Dendrogram(
        parent=np.array(parents, np.int64),
        left=np.array([pair[0] for pair in pairs], np.int64),
        right=np.array([pair[1] for pair in pairs], np.int64),
        height=np.array([branch.height for branch in order]),
        module=np.array([branch.module for branch in order], np.int64),
        units=tuple(_by_layer(graph, branch.units) for branch in order),
    )


def _by_layer(graph: UnitGraph, units: Units) -> dict[str, Units]:
    chosen = np.zeros(len(graph.hidden), np.int64)
    chosen[units] = 1
    found = {layer: np.flatnonzero(flags) for layer, flags in graph.by_layer(chosen).items()}
    return {layer: indices for layer, indices in found.items() if len(indices)}
