"""By how much a number falls when one module, layer part or unit alone is hidden."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption
from explain.core.resources import Progress, counted
from explain.core.subject import Subject
from explain.decompose.contributions.coalitions import MOST
from explain.decompose.contributions.game import PayoffRequest, game, worth
from explain.decompose.contributions.hiding import Labels, module_count


def ablations(
    subject: Subject,
    labels: Labels,
    request: PayoffRequest,
    *,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Return v(all modules) - v(all but one) for each row and module [n, K].

    Modules that share work are counted twice, and those that stand in for each other not at all:
    the sum means nothing. To ablate single units, give each a module of its own (62 at a time).

    Args: as `module_contributions`.

    Cost: up to K + 1 passes of each row; one module in the layer before a linear layer or a
    convolution costs that layer its own share alone.

    Raises:
        Everything that `module_contributions` raises.
    """
    played = game(subject, labels, request)
    sets = np.concatenate(
        [np.ones((1, played.players), np.bool_), ~np.eye(played.players, dtype=np.bool_)]
    )
    worths = worth(played, sets, progress)
    return np.asarray((worths[0] - worths[1:]).T)


UNITS = 4 * (MOST - 2)
"""Units of a module that are hidden one by one, at most."""

_TOGETHER = MOST - 2
"""Units that one game can hide."""

_Unit = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAblations:
    """The units of one module, in the order of the network.

    `layers`, `units`: which they are. `falls`: by how much the number falls, on average over the
    rows, when that unit alone is hidden. `left_out`: how many others were not tried.
    """

    layers: tuple[str, ...]
    units: tuple[int, ...]
    falls: NDArray[np.float64]
    left_out: int


def unit_ablations(
    subject: Subject,
    labels: Labels,
    module: int,
    request: PayoffRequest,
    *,
    progress: Progress | None = None,
) -> UnitAblations:
    """Hide the units of a module one by one.

    All of them, in a module of more than 240 every second, third … one: the choice depends on the
    labels alone, so it is the same in a dense and in a pruned network.

    Cost: as `ablations` of so many modules.

    Raises:
        InvalidOption: no such module.
        Everything that `ablations` raises.
    """
    if not 0 <= module < module_count(labels):
        raise InvalidOption("decompose.no_such_module", module=module)
    own = [
        (layer, int(unit))
        for layer, owners in labels.items()
        for unit in np.flatnonzero(owners == module)
    ]
    tried = own[:: -(-len(own) // UNITS)]
    falls = []
    for first in counted(range(0, len(tried), _TOGETHER), progress):
        some = tried[first : first + _TOGETHER]
        found = ablations(subject, _alone(labels, some), request)
        falls.append(found.mean(0)[: len(some)])
    return UnitAblations(
        layers=tuple(layer for layer, _ in tried),
        units=tuple(unit for _, unit in tried),
        falls=np.concatenate(falls),
        left_out=len(own) - len(tried),
    )


def _alone(labels: Labels, units: list[_Unit]) -> dict[str, NDArray[np.int64]]:
    """Return labels in which each of some units is a module, and all others are one more."""
    alone = {layer: np.full(len(owners), len(units)) for layer, owners in labels.items()}
    for place, (layer, unit) in enumerate(units):
        alone[layer][unit] = place
    return alone
