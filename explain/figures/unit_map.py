"""Every hidden unit as a dot in the colour of its module, layer by layer."""

from dataclasses import dataclass

import numpy as np

from explain.core.messages import say
from explain.core.partition import Partition, UnitLabels
from explain.figures.chart import REMOVED, of_module

MOST = 1_600
"""Dots that are drawn; beyond them a dot stands for several neighbouring units."""
_FEWEST = 8
"""Dots that every layer has at least, if it has so many units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDot:
    """One unit, or neighbouring ones from `first` to before `end`.

    `module`: theirs, or that of most of them, -1 for none. `alive`: whether they are in a module
    and any still has an incoming weight.
    """

    first: int
    end: int
    module: int
    colour: str
    alive: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLayer:
    """One layer and its dots."""

    name: str
    title: str
    dots: tuple[UnitDot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitMap:
    """All layers in the order of the network."""

    layers: tuple[UnitLayer, ...]
    sentence: str


def unit_map(parts: Partition, alive: UnitLabels, titles: dict[str, str]) -> UnitMap:
    """Return the map of the units, with display names by layer name.

    `alive`: layer -> how many incoming weights each unit has left [units].
    """
    most = max(_FEWEST, MOST // max(1, len(parts.labels)))
    layers = tuple(
        UnitLayer(
            name=layer,
            title=titles.get(layer, layer),
            dots=_dots(parts, layer, owners, alive[layer], -(-len(owners) // most)),
        )
        for layer, owners in parts.labels.items()
    )
    return UnitMap(layers=layers, sentence=_sentence(parts, alive, layers))


def _dots(
    parts: Partition,
    layer: str,
    owners: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    alive: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    each: int,
) -> tuple[UnitDot, ...]:
    dots = []
    for first in range(0, len(owners), each):
        end = min(first + each, len(owners))
        module = int(np.bincount(owners[first:end] + 1).argmax()) - 1
        left = int(alive[first:end].sum())
        dots.append(
            UnitDot(
                first=first,
                end=end,
                module=module,
                colour=REMOVED if module < 0 else of_module(module),
                alive=left > 0 and module >= 0,
                text=_told(parts, layer, (first, end), module, left),
            )
        )
    return tuple(dots)


def _told(parts: Partition, layer: str, units: tuple[int, int], module: int, left: int) -> str:
    first, end = units
    which = say("figures.unit_map.units", n=end - first, first=first, last=end - 1)
    if module < 0:
        return say("figures.unit_map.outside_dot", layer=layer, which=which, left=left)
    return say(
        "figures.unit_map.dot" if left else "figures.unit_map.dead_dot",
        layer=layer,
        which=which,
        module=parts.names[module],
        left=left,
    )


def _sentence(parts: Partition, alive: UnitLabels, layers: tuple[UnitLayer, ...]) -> str:
    units = sum(len(owners) for owners in parts.labels.values())
    dead = sum(int((left == 0).sum()) for left in alive.values())
    drawn = sum(len(layer.dots) for layer in layers)
    said = say(
        "figures.unit_map.hidden_units",
        units=units,
        layers=len(layers),
        modules=parts.count,
        dead=dead,
    )
    outside = units - int(parts.sizes.sum())
    more = [say("figures.unit_map.outside", n=outside)] if outside else []
    if drawn < units:
        more.append(say("figures.unit_map.bundled", dots=drawn))
    return " ".join([said, *more])
