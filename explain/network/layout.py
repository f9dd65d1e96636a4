"""Where the rows of a batch are in every value of a network, found once and kept with it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from explain.core.errors import Refused
from explain.core.network import Network
from explain.core.subject import Samples
from explain.network.lifted import Lifted

_MOST = 16

Found = TypeVar("Found")


class Memo(Generic[Found]):
    """The last 16 answers about each network, by what was asked.

    They lie with the network and go with its last copy. Any number of threads may ask at once.
    """

    def get(self, network: Lifted, asked: Hashable, find: Callable[[], Found]) -> Found:
        """Return what `find` returned the first time; it must depend on nothing but the steps."""
        known: dict[Hashable, Found] = network.known.setdefault(self, {})
        if (found := known.get(asked)) is not None:
            return found
        found = known[asked] = find()
        for oldest in list(known)[:-_MOST]:
            known.pop(oldest, None)
        return found


@dataclass(frozen=True, slots=True)
class RowAxis:
    """A tensor whose `axis` counts blocks of rows of entries: [outer · rows · group].

    Usually there is one block; attention lays words before rows.
    """

    axis: int
    outer: int
    group: int

    def apart(self, value: Tensor, sets: int = 1) -> Tensor:
        """Return [..., outer, sets, rows · group, ...] of a value of so many sets of rows."""
        return split_axis(value, self.axis, (self.outer, sets, -1))

    def together(self, value: Tensor) -> Tensor:
        """Return what `apart` was given."""
        return value.flatten(self.axis, self.axis + 2)


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number: `start` + `slope` · rows."""

    start: int
    slope: int


@dataclass(frozen=True, slots=True)
class RowlessValue:
    """A value that is the same for every number of rows."""


Layout = RowAxis | Count | RowlessValue | tuple["Layout", ...]


def require_lifted(network: Network) -> Lifted:
    """Return the network as what it must be to be run step by step.

    Raises:
        Refused: not a lifted network.
    """
    if not isinstance(network, Lifted):
        raise Refused("network.not_lifted")
    return network


def split_axis(value: Tensor, axis: int, sizes: tuple[int, ...]) -> Tensor:
    """Return a value with one axis as several; one of the sizes may be -1."""
    return value.reshape(*value.shape[:axis], *sizes, *value.shape[axis + 1 :])


def layouts(network: Lifted, inputs: tuple[Tensor, ...]) -> dict[str, Layout]:
    """Return for each step how its value holds the rows.

    Looked up with the first three rows given. Cost: six forward passes of one row, and nothing for
    a network with the same list of steps as one of the last 16: masked copies share theirs.

    Raises:
        Refused: a value whose rows do not lie one after the other.
    """
    found = _KNOWN.get(network, None, lambda: _looked_up(network, inputs))
    return {name: _told(name, layout) for name, layout in found.items()}


def row_axis(network: Network, samples: Samples, step: str) -> RowAxis | None:
    """Return how the value of one step (a layer's is called like it) holds the rows.

    None in a network that takes a fixed number of rows, which cannot be asked for others: there
    they are taken to stand in front. Cost: as `layouts`.

    Raises:
        Refused: not a lifted network, a value that says the same to all rows, or one whose rows do
            not lie one after the other.
    """
    lifted = require_lifted(network)
    if lifted.piece is not None:
        return None
    inputs = samples.take(np.arange(min(3, samples.count))).inputs
    found = _KNOWN.get(lifted, None, lambda: _looked_up(lifted, inputs))[step]
    if not isinstance(found, RowAxis):
        raise _untold(step)
    return found


def rows_first(value: Tensor, layout: RowAxis | None, rows: int) -> Tensor:
    """Return a value of so many rows with these in front; what is merged with them stays."""
    if layout is None:
        return value if value.dim() and len(value) == rows else value.reshape(rows, *value.shape)
    apart = split_axis(value, layout.axis, (layout.outer, rows, layout.group))
    found = apart.movedim(layout.axis + 1, 0).flatten(layout.axis + 1, layout.axis + 2)
    return found.squeeze(layout.axis + 1) if layout.outer * layout.group == 1 else found


_KNOWN: Memo[dict[str, Layout | None]] = Memo()


def _looked_up(network: Lifted, inputs: tuple[Tensor, ...]) -> dict[str, Layout | None]:
    """Return the layout of every step, None where its rows cannot be told apart."""
    with torch.no_grad():
        one, two, three = (
            network.record(*(x[torch.arange(n) % len(x)] for x in inputs)) for n in (1, 2, 3)
        )
    return {name: _layout(one[name], two[name], three[name]) for name in one}


def _told(name: str, layout: Layout | None) -> Layout:
    if layout is None:
        raise _untold(name)
    return layout


def _layout(one: Any, two: Any, three: Any) -> Layout | None:
    if isinstance(one, Tensor):
        return _rows(one, two, three)
    if isinstance(one, (tuple, list)):
        parts = [_layout(*part) for part in zip(one, two, three, strict=True)]
        told = tuple(part for part in parts if part is not None)
        return told if len(told) == len(parts) else None
    # Three runs, since any two numbers lie on a line.
    if isinstance(one, int) and two - one == three - two:
        return Count(start=2 * one - two, slope=two - one)
    if one == two == three:
        return RowlessValue()
    return None


def _rows(one: Tensor, two: Tensor, three: Tensor) -> Layout | None:
    """Return where the rows are, if the first row's part is what that row gives by itself."""
    growing = [axis for axis in range(one.dim()) if one.shape[axis] != two.shape[axis]]
    if not growing:
        return RowlessValue()
    axis = growing[0]
    each = one.shape[axis]
    if len(growing) == 1 and (two.shape[axis], three.shape[axis]) == (2 * each, 3 * each):
        # An axis may hold more than rows, heads around them say: rows outermost are tried first.
        for outer in [n for n in range(1, each + 1) if each % n == 0]:
            found = RowAxis(axis=axis, outer=outer, group=each // outer)
            if _same(found.together(found.apart(three, 3).narrow(axis + 1, 0, 1)), one):
                return found
    return None


def _same(first: Tensor, alone: Tensor) -> bool:
    """Return whether a row in a batch says what it says alone, up to rounding."""
    return torch.allclose(first.double(), alone.double(), rtol=1e-3, atol=1e-4, equal_nan=True)


def _untold(name: str) -> Refused:
    return Refused("network.rows_untold", name=name)
