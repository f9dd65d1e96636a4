"""Where the rows of a batch are in every value of a network, found once and kept with it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from explain.core.errors import Refused
from explain.core.network import Network
from explain.network import Lifted

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
        raise Refused("decompose.not_lifted")
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
    return dict(_KNOWN.get(network, None, lambda: _looked_up(network, inputs)))


_KNOWN: Memo[dict[str, Layout]] = Memo()


def _looked_up(network: Lifted, inputs: tuple[Tensor, ...]) -> dict[str, Layout]:
    with torch.no_grad():
        one, two, three = (
            network.record(*(x[torch.arange(n) % len(x)] for x in inputs)) for n in (1, 2, 3)
        )
    return {name: _layout(name, one[name], two[name], three[name]) for name in one}


def _layout(name: str, one: Any, two: Any, three: Any) -> Layout:
    if isinstance(one, Tensor):
        return _rows(name, one, two, three)
    if isinstance(one, (tuple, list)):
        parts = zip(one, two, three, strict=True)
        return tuple(_layout(name, *part) for part in parts)
    # Three runs, since any two numbers lie on a line.
    if isinstance(one, int) and two - one == three - two:
        return Count(start=2 * one - two, slope=two - one)
    if one == two == three:
        return RowlessValue()
    raise _untold(name)


def _rows(name: str, one: Tensor, two: Tensor, three: Tensor) -> Layout:
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
    raise _untold(name)


def _same(first: Tensor, alone: Tensor) -> bool:
    """Return whether a row in a batch says what it says alone, up to rounding."""
    return torch.allclose(first.double(), alone.double(), rtol=1e-3, atol=1e-4, equal_nan=True)


def _untold(name: str) -> Refused:
    return Refused("decompose.rows_untold", name=name)
