"""How closely a heat map keeps to one place: the numbers, and which of them to trust."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from explain.core.intervals import Measurement
from explain.core.messages import Message

SPARSITY_WARNING = Message("features.sparsity")
"""Stands beside Hoyer and Gini wherever they are shown. Measured on digits on a cluttered canvas,
with the Grad-CAM of the last of four convolutions."""

_SHARE = 0.8
_ROUNDING = 1e-12


def energy_on(heat: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Return |heat| [h, w] on a picture of `size` by bilinear interpolation of pixel centres."""
    grid: Tensor = torch.from_numpy(np.abs(heat))[None, None]
    grown = functional.interpolate(grid, size=size, mode="bilinear", align_corners=False)
    energy: NDArray[np.float64] = grown[0, 0].numpy()
    return energy


def localisation(
    heat: NDArray[np.float64], size: tuple[int, int], mask: NDArray[np.bool_] | None = None
) -> tuple[Measurement, ...]:
    """Return the numbers of one heat map; without energy there are none.

    Args:
        heat: [h, w], signed; its energy is |heat|.
        size: (height, width) of the input, on which everything is measured.
        mask: [height, width] where the evidence is. An empty or full one says nothing and adds no
            number.

    Returns:
        With a mask "inside_energy" (0..1), "lift" (1 = chance) and "pointing_game" (0 or 1);
        always "a80" (0..1, share of the area); then the secondary "hoyer" and "gini" of the map
        itself, to be shown with `SPARSITY_WARNING`. Cost: no pass.
    """
    energy = energy_on(heat, size)
    if not energy.sum() > 0:
        return ()
    found = [] if mask is None or mask.all() or not mask.any() else _against(energy, mask)
    area = area_holding(energy)
    found.append(_number("a80", area, "share", Message("how.a80")))
    found.append(_number("hoyer", hoyer(heat), "index", Message("how.secondary")))
    found.append(_number("gini", gini(heat), "index", Message("how.secondary")))
    return tuple(found)


def _against(energy: NDArray[np.float64], mask: NDArray[np.bool_]) -> list[Measurement]:
    inside = inside_energy(energy, mask)
    hit = float(pointing_game(energy, mask))
    return [
        _number("inside_energy", inside, "share", Message("how.inside_energy")),
        _number("lift", inside / mask.mean(), "ratio", Message("how.lift")),
        _number("pointing_game", hit, "hit", Message("how.pointing_game")),
    ]


def _number(key: str, value: float, unit: str, how: Message) -> Measurement:
    return Measurement(key=key, value=float(value), unit=unit, n=1, how=how)


def inside_energy(energy: NDArray[np.float64], mask: NDArray[np.bool_]) -> float:
    """Return the share 0..1 of the energy [h, w] inside the mask; NaN without energy.

    Source: the energy-based pointing game of Wang et al., Score-CAM, arXiv:1910.01279.
    """
    total = float(energy.sum())
    return float(energy[mask].sum()) / total if total > 0 else math.nan


def pointing_game(energy: NDArray[np.float64], mask: NDArray[np.bool_]) -> bool:
    """Return whether the highest energy, the first of equal ones, lies inside the mask.

    Source: Zhang et al., Top-down neural attention by excitation backprop, arXiv:1608.00507. Ours
    grants no tolerance in pixels around the mask.
    """
    return bool(mask.flat[int(energy.argmax())])


def area_holding(energy: NDArray[np.float64], share: float = _SHARE) -> float:
    """Return the share 0..1 of positions, strongest first, that hold `share` of the energy."""
    total = float(energy.sum())
    if not total > 0:
        return math.nan
    held = np.cumsum(np.sort(energy, axis=None)[::-1]) / total
    return float(np.searchsorted(held, share - _ROUNDING) + 1) / energy.size


def hoyer(values: NDArray[np.float64]) -> float:
    """Return Hoyer's sparseness: 0 all equal, 1 a single value; NaN where it has no meaning.

    Source: Hoyer, JMLR 5, 2004: (√n - L1/L2) / (√n - 1).
    """
    length = float(np.sqrt(np.square(values).sum()))
    root = math.sqrt(values.size)
    if length == 0 or values.size < 2:
        return math.nan
    return (root - float(np.abs(values).sum()) / length) / (root - 1)


def gini(values: NDArray[np.float64]) -> float:
    """Return the Gini index of |values|: 0 all equal, 1 - 1/n a single one; NaN where all are 0.

    Source: Hurley and Rickard, arXiv:0811.4706.
    """
    ascending = np.sort(np.abs(values), axis=None)
    total, n = float(ascending.sum()), ascending.size
    if not total > 0:
        return math.nan
    ranks = np.arange(1, n + 1)
    return float(((2 * ranks - n - 1) * ascending).sum() / (n * total))
