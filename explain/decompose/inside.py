"""unit_ablations: which units of a module its contribution rests on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption
from explain.core.subject import Subject
from explain.decompose.ablation import ablations
from explain.decompose.coalitions import MOST
from explain.decompose.connections import unit_connections
from explain.decompose.sites import Labels, module_count

__all__ = ["UNITS", "UnitAblations", "unit_ablations"]

UNITS = MOST - 2
"""Units of a module that are hidden one by one, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAblations:
    """The units of one module by falling |ablation|.

    `layers`, `units`: which they are. `falls`: by how much the number falls, on average over the
    rows, when that unit alone is hidden. `left_out`: units that were not tried; they have the
    fewest incoming weights.
    """

    layers: tuple[str, ...]
    units: tuple[int, ...]
    falls: NDArray[np.float64]
    left_out: int


def unit_ablations(
    subject: Subject,
    labels: Labels,
    module: int,
    rows: NDArray[np.int64],
    *,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
) -> UnitAblations:
    """Hide the units of a module one by one.

    Args:
        subject: dense or pruned.
        labels: layer -> module of each unit.
        module: the one to look into.
        rows: as in `contributions`, like everything else.
        value: "logit", "probability" or "loss".
        targets: the output looked at.
        replacement: what stands for a hidden unit.
        seed: of resampled samples.

    Cost: as `ablations` of at most 60 units, those with the most incoming weights.

    Raises:
        InvalidOption: no such module.
        Everything that `ablations` raises.
    """
    if not 0 <= module < module_count(labels):
        raise InvalidOption(f"There is no module {module}.", hint="Choose one of the modules.")
    counts = unit_connections(subject, labels)
    own = [
        (layer, int(unit))
        for layer, owners in labels.items()
        for unit in np.flatnonzero(owners == module)
    ]
    own.sort(key=lambda unit: -counts[unit[0]][unit[1]])
    tried = own[:UNITS]
    alone = {layer: np.full(len(owners), len(tried)) for layer, owners in labels.items()}
    for player, (layer, unit) in enumerate(tried):
        alone[layer][unit] = player
    found = ablations(
        subject,
        alone,
        rows,
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
    )
    falls = found.mean(0)[: len(tried)]
    order = np.argsort(-np.abs(falls), kind="stable")
    return UnitAblations(
        layers=tuple(tried[at][0] for at in order),
        units=tuple(tried[at][1] for at in order),
        falls=falls[order],
        left_out=len(own) - len(tried),
    )
