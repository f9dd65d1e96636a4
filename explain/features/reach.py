"""Which rows and columns of the input each position of a value can depend on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NOWHERE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """First and last input coordinate for each position along one axis; last < first: none.

    One entry alone stands for every position: values that keep no positions.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def each(cls, size: int) -> "Axis":
        """Return the axis of the input itself: every position sees itself."""
        here = np.arange(size, dtype=np.int64)
        return cls(first=here, last=here)

    @classmethod
    def none(cls) -> "Axis":
        """Return the axis of a value that does not depend on the input."""
        return cls(first=np.array([_NOWHERE]), last=np.array([-1]))

    def everywhere(self) -> "Axis":
        """Return what all positions together see, as one entry."""
        return Axis(first=self.first.min(keepdims=True), last=self.last.max(keepdims=True))

    def over(self, size: int) -> "Axis":
        """Return the axis with one entry for each of `size` positions."""
        first, last = np.broadcast_to(self.first, size), np.broadcast_to(self.last, size)
        return Axis(first=first, last=last)

    def through(self, sources: NDArray[np.int64]) -> "Axis":
        """Return the axis of a step whose output `o` reads the positions `sources[o]`.

        `sources` [outputs, taps]; positions outside the axis are padding and see nothing.
        """
        size = len(self.first)
        inside = (sources >= 0) & (sources < size)
        at = sources.clip(0, size - 1)
        return Axis(
            first=np.where(inside, self.first[at], _NOWHERE).min(1, initial=_NOWHERE),
            last=np.where(inside, self.last[at], -1).max(1, initial=-1),
        )

    def joined(self, other: "Axis") -> "Axis":
        """Return the union, position by position."""
        return Axis(
            first=np.minimum(self.first, other.first), last=np.maximum(self.last, other.last)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The rows and the columns that a value depends on: a box for each position (y, x)."""

    rows: Axis
    columns: Axis

    @classmethod
    def none(cls) -> "Reach":
        """Return the reach of a value that does not depend on the input."""
        return cls(rows=Axis.none(), columns=Axis.none())

    @classmethod
    def union(cls, parts: Iterable["Reach"]) -> "Reach":
        """Return the smallest boxes that hold those of all parts, position by position."""
        found = cls.none()
        for part in parts:
            rows, columns = found.rows.joined(part.rows), found.columns.joined(part.columns)
            found = cls(rows=rows, columns=columns)
        return found

    @property
    def empty(self) -> bool:
        """Return whether nothing depends on the input."""
        return bool((self.rows.last < self.rows.first).all())

    def everywhere(self) -> "Reach":
        """Return what all positions together see."""
        return Reach(rows=self.rows.everywhere(), columns=self.columns.everywhere())
