"""Feature maps of two networks side by side: channels ranked, one colour range, dead ones named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.explanation import FeatureMaps
from explain.core.messages import say, signed
from explain.figures.pixels import enlarged, heat_map, strongest_value
from explain.figures.wording import capital

MOST = 32
"""Channels shown, at most."""

_SIDE = 64
"""Pixels of a map's side that are sent, at most."""

Colours = Literal["unit", "layer", "network"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel in both networks, (dense, pruned) everywhere.

    `largest` is the |activation| of full colour. `alt` says the rest in words.
    """

    channel: int
    relevance: tuple[float, float]
    peak: tuple[float, float]
    dead: tuple[bool, bool]
    largest: float
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelGrid:
    """The channels that are shown, what full colour stands for, and the whole in one sentence."""

    channels: tuple[Channel, ...]
    scale: str
    sentence: str


def channel_grid(
    dense: FeatureMaps,
    pruned: FeatureMaps,
    *,
    colours: Colours,
    network: float = 0.0,
    output: str = "",
    unit: str = "channel",
    names: Sequence[str] = (),
    most: int = MOST,
) -> ChannelGrid:
    """Return the channels of a layer by falling |Σ activation · gradient| in the dense network.

    The dense order keeps every channel in its place while the amount changes. `colours`: what
    shares one range; `network`: the largest |activation| in any layer of both networks, for
    "network". `output`: name of the output that relevance speaks of. `unit`: what a channel is
    called, `names` what each is, numbers by default.
    """
    largest = full_colour(dense, pruned, colours, network)
    shown = [int(at) for at in dense.order[:most]]
    return ChannelGrid(
        channels=tuple(_channel(dense, pruned, at, float(largest[at]), unit) for at in shown),
        scale=_scale(dense, colours, float(largest.max(initial=0.0)), unit),
        sentence=_sentence(dense, pruned, len(shown), output, unit, names),
    )


def full_colour(
    dense: FeatureMaps, pruned: FeatureMaps, colours: Colours, network: float = 0.0
) -> NDArray[np.float64]:
    """Return the |activation| of full colour [channels], the same for both networks."""
    peaks = np.maximum(_peaks(dense), _peaks(pruned))
    if colours == "unit":
        return peaks
    whole = float(peaks.max(initial=0.0))
    return np.full(len(peaks), max(whole, network) if colours == "network" else whole)


def map_uris(
    dense: FeatureMaps,
    pruned: FeatureMaps,
    found: Channel,
    size: tuple[int, int] | None = None,
) -> tuple[str, str]:
    """Return one channel's maps [height, width] as PNG data URIs, dense and pruned.

    `size`: (height, width) of the input, to lie over it: bilinear, at most 64 pixels a side.
    """
    first, second = (
        heat_map(_sized(maps.maps[found.channel].astype(np.float64), size), found.largest)
        for maps in (dense, pruned)
    )
    return first, second


def _sized(values: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.float64]:
    height, width = values.shape if size is None else size
    shrink = max(1.0, max(height, width) / _SIDE)
    wanted = (max(1, round(height / shrink)), max(1, round(width / shrink)))
    return values if wanted == values.shape else enlarged(values, wanted)


def _peaks(found: FeatureMaps) -> NDArray[np.float64]:
    flat = np.abs(found.maps.astype(np.float64)).reshape(len(found.maps), -1)
    peaks: NDArray[np.float64] = np.nan_to_num(flat.max(1, initial=0.0))
    return peaks


def _channel(
    dense: FeatureMaps, pruned: FeatureMaps, at: int, largest: float, unit: str
) -> Channel:
    peak = (strongest_value(dense.maps[at]), strongest_value(pruned.maps[at]))
    relevance = (float(dense.relevance[at]), float(pruned.relevance[at]))
    dead = (bool(dense.dead[at]), bool(pruned.dead[at]))
    return Channel(
        channel=at,
        relevance=relevance,
        peak=peak,
        dead=dead,
        largest=largest,
        alt=say(
            "figures.maps.alt",
            unit=unit,
            at=at,
            dense=_alt(peak[0], relevance[0], dead=dead[0]),
            pruned=_alt(peak[1], relevance[1], dead=dead[1]),
        ),
    )


def _alt(peak: float, relevance: float, *, dead: bool) -> str:
    if dead:
        return say("figures.maps.dead")
    return say("figures.maps.strongest", peak=peak, relevance=signed(relevance))


def _scale(dense: FeatureMaps, colours: Colours, largest: float, unit: str) -> str:
    full = "bar" if dense.kind == "units" else "colour"
    said = {
        "unit": say("figures.maps.own_range", unit=unit),
        "layer": say("figures.maps.layer_range", full=full, largest=largest),
        "network": say("figures.maps.network_range", full=full, largest=largest),
    }[colours]
    return f"{said} {say('figures.maps.colours')}"


def _sentence(
    dense: FeatureMaps,
    pruned: FeatureMaps,
    shown: int,
    output: str,
    unit: str,
    names: Sequence[str],
) -> str:
    if not shown:
        return say("figures.maps.no_units", unit=unit)
    first = int(dense.order[0])
    name = names[first] if names else f"{unit} {first}"
    gone = int((pruned.dead & ~dense.dead).sum())
    return " ".join(
        [
            say(
                "figures.maps.ranked",
                shown=shown,
                all=len(dense.order),
                unit=unit,
                output=output or say("figures.maps.the_output"),
            ),
            say(
                "figures.maps.leads",
                name=capital(name),
                dense=signed(float(dense.relevance[first])),
                pruned=signed(float(pruned.relevance[first])),
            ),
            say(
                "figures.maps.dead_units",
                dense=int(dense.dead.sum()),
                pruned=int(pruned.dead.sum()),
                gone=gone,
            ),
        ]
    )
