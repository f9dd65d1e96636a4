"""What to draw of a network under a budget: nodes, edges, and when each of them dies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEVER = 0xFFFF_FFFF
"""The rank of an edge that no amount removes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLayer:
    """One column part of the picture: `drawn` nodes that stand for `units` units.

    `first` is the id of the first node; `grid` (rows, columns) lays nodes out like an image;
    `members` lists for each drawn node the first unit it stands for (with `drawn` + 1 entries).
    """

    key: str
    title: str
    kind: str
    column: int
    first: int
    drawn: int
    units: int
    grid: tuple[int, int] | None = None
    names: tuple[str, ...] | None = None
    members: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkView:
    """Everything the browser needs to draw a network and let connections die, and nothing else.

    Edges are sorted by `dies_at`, the longest-lived first. An edge is gone when the number of
    pruned entries reaches `dies_at`; `NEVER` means protected. An edge with `count` > 1 stands for
    that many weights (a kernel, a bundle between groups of units): `thins_at` [edges, 3] holds the
    ranks at which a quarter, a half and three quarters of them are gone.
    `groups` (size, how many) and `fixed_pruned` turn an amount into the number of pruned entries:
    `fixed_pruned + Σ how_many · round(amount · size)`.
    `edges_total` and `weights_total` say what exists before the budget left something out.
    """

    sig: str
    layers: tuple[ViewLayer, ...]
    source: NDArray[np.uint32]
    target: NDArray[np.uint32]
    dies_at: NDArray[np.uint32]
    weight: NDArray[np.float32]
    strength: NDArray[np.float32]
    count: NDArray[np.uint32]
    thins_at: NDArray[np.uint32]
    unit_dies_at: NDArray[np.uint32]
    groups: tuple[tuple[int, int], ...]
    fixed_pruned: int
    prunable: int
    edges_total: int
    weights_total: int
