"""What the pixels of an image add: heat maps of two networks and their difference."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import say
from explain.figures.chart import Look
from explain.figures.marks import SIDES
from explain.figures.pixels import Triple, heat_map, thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class MapTile:
    """One heat map: its title, a PNG data URI with one pixel a value, what it shows, of which."""

    title: str
    uri: str
    alt: str
    look: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionMaps:
    """The sample's picture and three maps on one scale; full colour is ±`largest`.

    `ratio` is their width by their height.
    """

    picture: str
    ratio: float
    tiles: tuple[MapTile, ...]
    largest: float
    scale: str
    sentence: str


def attribution_maps(
    image: NDArray[Any], found: Triple, *, low: float, high: float
) -> AttributionMaps:
    """Return the maps of one image, each pixel's value summed over its channels.

    `image` [channels, height, width], shown black at `low` and white at `high`; `found` of its
    shape.
    """
    pixels = Triple(dense=found.dense.sum(0), pruned=found.pruned.sum(0))
    largest = pixels.largest
    return AttributionMaps(
        picture=thumbnail(image, low, high),
        ratio=image.shape[2] / image.shape[1],
        tiles=tuple(
            MapTile(title=title, uri=heat_map(values, largest), alt=_alt(title, values), look=look)
            for look, (title, values) in zip(SIDES, pixels.sides, strict=True)
        ),
        largest=largest,
        scale=_scale(pixels),
        sentence=_sentence(pixels),
    )


def _alt(title: str, values: NDArray[np.float64]) -> str:
    return say("figures.attribution_maps.alt", title=title, values=_for_and_against(values))


def _for_and_against(values: NDArray[np.float64]) -> str:
    up, down = float(values[values > 0].sum()), float(-values[values < 0].sum())
    return say("figures.attribution_maps.for_and_against", up=up, down=down)


def _scale(pixels: Triple) -> str:
    if pixels.cut:
        return say("figures.attribution_maps.scale_cut", largest=pixels.largest)
    return say("figures.attribution_maps.scale", largest=pixels.largest)


def _sentence(pixels: Triple) -> str:
    moved = float(np.abs(pixels.difference).sum())
    whole = float(np.abs(pixels.dense).sum())
    dense, pruned = _for_and_against(pixels.dense), _for_and_against(pixels.pruned)
    if not whole:
        return say("figures.attribution_maps.sums", dense=dense, pruned=pruned, moved=moved)
    return say(
        "figures.attribution_maps.sums_and_share",
        dense=dense,
        pruned=pruned,
        moved=moved,
        share=moved / whole,
    )
