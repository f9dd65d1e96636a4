"""What the pixels of an image add: heat maps of two networks and their difference."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.figures.heat import heat_map
from explain.figures.thumbnail import thumbnail
from explain.figures.triple import Triple
from explain.figures.wording import number, share

__all__ = ["AttributionMaps", "MapTile", "attribution_maps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapTile:
    """One heat map: its title, a PNG data URI with one pixel a value, and what it shows."""

    title: str
    uri: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionMaps:
    """The sample's picture and three maps on one scale; full colour is ±`largest`."""

    picture: str
    tiles: tuple[MapTile, ...]
    largest: float
    scale: str
    sentence: str


def attribution_maps(
    image: NDArray[Any], found: Triple, *, low: float, high: float
) -> AttributionMaps:
    """Return the maps of one image, each pixel's value summed over its channels.

    Args:
        image: [channels, height, width].
        found: values of the same shape.
        low: value of the image that is shown black.
        high: value of the image that is shown white.
    """
    pixels = Triple(dense=found.dense.sum(0), pruned=found.pruned.sum(0))
    largest = pixels.largest
    return AttributionMaps(
        picture=thumbnail(image, low, high),
        tiles=tuple(
            MapTile(title=title, uri=heat_map(values, largest), alt=_alt(title, values))
            for title, values in pixels.sides
        ),
        largest=largest,
        scale=_scale(pixels),
        sentence=_sentence(pixels),
    )


def _alt(title: str, values: NDArray[np.float64]) -> str:
    return f"Heat map, {title}: {_for_and_against(values)}."


def _for_and_against(values: NDArray[np.float64]) -> str:
    up, down = float(values[values > 0].sum()), float(-values[values < 0].sum())
    return f"pixels add {number(up)} for and {number(down)} against"


def _scale(pixels: Triple) -> str:
    more = " or more" if pixels.cut else ""
    return (
        f"One scale for all three: full colour is ±{number(pixels.largest)}{more} of the output a "
        "pixel; blue speaks for it, orange against it."
    )


def _sentence(pixels: Triple) -> str:
    moved = float(np.abs(pixels.difference).sum())
    whole = float(np.abs(pixels.dense).sum())
    change = f", {share(moved / whole)} of what the dense map holds" if whole else ""
    return (
        f"Dense: {_for_and_against(pixels.dense)}. Pruned: {_for_and_against(pixels.pruned)}. "
        f"The difference holds {number(moved)} in all{change}."
    )
