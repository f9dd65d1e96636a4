"""One channel from 0 % to 99 % pruned: small multiples on one scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import as_set, number, say
from explain.features import Evolution
from explain.figures.pixels import heat_map, strongest_value
from explain.figures.wording import capital

_SIDE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """One amount: its PNG data URI (one value a pixel), its strongest activation as text."""

    amount: float
    label: str
    uri: str
    peak: str
    here: bool
    """Whether the slider stands nearest to this amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Pictures in the order of their amounts, and what they say."""

    stills: tuple[Still, ...]
    sentence: str


def strip(found: Evolution, here: float, name: str, keep: int | None = None) -> Strip:
    """Return one channel over ascending amounts; what the slider stands nearest to is marked.

    `keep`: tokens to show of a text; the rest is padding.
    """
    maps = found.maps.astype(np.float64)
    maps = maps if keep is None or maps.ndim != 2 else maps[:, :keep]
    largest = float(np.abs(maps).max(initial=0.0))
    nearest = int(np.abs(found.amounts - here).argmin())
    peaks = [strongest_value(one) for one in maps]
    return Strip(
        stills=tuple(
            Still(
                amount=float(amount),
                label=as_set(float(amount)),
                uri=heat_map(_picture(one), largest),
                peak=number(peak),
                here=at == nearest,
            )
            for at, (amount, one, peak) in enumerate(zip(found.amounts, maps, peaks, strict=True))
        ),
        sentence=_sentence(name, found, maps, peaks, largest, nearest),
    )


def _picture(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return [h, w] of at most 64 pixels a side: every n-th value of larger maps."""
    grid = values.reshape((1,) * (2 - values.ndim) + values.shape)
    step = max(1, -(-max(grid.shape) // _SIDE))
    return grid[::step, ::step]


def _sentence(
    name: str,
    found: Evolution,
    maps: NDArray[np.float64],
    peaks: list[float],
    largest: float,
    nearest: int,
) -> str:
    silent = [a for a, one in zip(found.amounts, maps, strict=True) if not one.any()]
    said = say(
        "figures.strip.strongest",
        name=capital(name),
        first_peak=peaks[0],
        first=float(found.amounts[0]),
        peak=peaks[nearest],
        here=float(found.amounts[nearest]),
        largest=largest,
        amounts=len(peaks),
    )
    if not silent:
        return said
    return f"{said} {say('figures.strip.silent', amount=float(silent[0]))}"
