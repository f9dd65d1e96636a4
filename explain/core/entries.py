"""What dies as one: the numbers of a network, divided into entries."""

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", bound=np.generic)
Owner = NDArray[np.int64]
"""The number of the entry that takes each number with it, -1 for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What the entries of a site take from one tensor.

    `owner` broadcasts to `shape` and says which entry takes a number with it, -1 for none: one
    column of numbers suffices where rows die. None: every number is an entry, by its flat index.
    `companion`: a bias, a scale or a shift, which dies with an entry but is no connection.
    """

    name: str
    shape: tuple[int, ...]
    owner: Owner | None = None
    companion: bool = False

    def spread(self, values: NDArray[Value]) -> NDArray[Value]:
        """Return the entries' values [entries + 1] where their numbers are: broadcasts to `shape`.

        The last value stands where no entry does.
        """
        return values[:-1].reshape(self.shape) if self.owner is None else values[self.owner]

    def sizes(self, entries: int) -> NDArray[np.int64]:
        """Return how many of the numbers each entry takes [entries]."""
        if self.owner is None:
            return np.ones(entries, np.int64)
        times = math.prod(self.shape) // max(1, self.owner.size)
        return times * np.bincount(self.owner[self.owner >= 0], minlength=entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Entries that belong together: those of one weight, or of all weights of one attention.

    `parts`: where they lie; the first is a weight, and the site has its name unless several are.
    `rows`: the number of output rows in which they lie one after the other, equally many in each;
    1 where an entry is not inside a row.
    """

    name: str
    layer: str
    parts: tuple[Part, ...]
    entries: int
    rows: int = 1

    @property
    def weights(self) -> tuple[Part, ...]:
        """Return the parts that are weights."""
        return tuple(part for part in self.parts if not part.companion)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Return how many weights each entry takes [entries]."""
        none = np.zeros(self.entries, np.int64)
        return sum((part.sizes(self.entries) for part in self.weights), none)

    @property
    def outside(self) -> int:
        """Return how many numbers of the weights lie in no entry."""
        return sum(math.prod(part.shape) for part in self.weights) - int(self.sizes.sum())


def weights_of(sites: tuple[Site, ...]) -> tuple[str, ...]:
    """Return the names of all weights of all sites, in order."""
    return tuple(part.name for site in sites for part in site.weights)
