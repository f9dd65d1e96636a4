"""What a partitioner is asked and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Modules = Mapping[str, Mapping[str, Sequence[int] | NDArray[np.int64]]]
"""Name of a module -> layer -> indices of its units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRequest:
    """What is asked for: how many modules (None: the method decides), the seed, named modules."""

    count: int | None = None
    seed: int = 0
    modules: Modules = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """`labels` [hidden units] from 0 on; `names` of the modules where the method has any."""

    labels: NDArray[np.int64]
    names: tuple[str, ...] = ()


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the labels numbered anew by falling size, equal sizes by their first unit.

    -1, no module, stays.
    """
    inside = labels >= 0
    _, firsts, inverse, counts = np.unique(
        labels[inside], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((firsts, -counts))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    found = labels.copy()
    found[inside] = place[inverse]
    return found


def span_name(layers: Sequence[str]) -> str:
    """Return the name of some layers in the network's order: "conv2", "blocks.0.query to join".

    What the first and the last have in front in common is said once.
    """
    first, last = layers[0], layers[-1]
    if len(layers) == 1:
        return first
    one, other = first.split("."), last.split(".")
    same = 0
    while same < min(len(one), len(other)) - 1 and one[same] == other[same]:
        same += 1
    return f"{first} to {'.'.join(other[same:])}"
