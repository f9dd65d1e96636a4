"""The maps of a layer: dense and pruned side by side, each channel a button."""

from typing import Any

import numpy as np
import streamlit as st

from explain.core.messages import say, signed
from explain.figures import (
    Channel,
    ChannelGrid,
    channel_grid,
    localisation_rows,
    map_uris,
    number,
    wording,
)
from pages._components.channel_grid import CHANNEL_GRID
from pages._features import caches as map_caches
from pages._features.choices import ALL_UNITS, CHANNEL, CLOSELY, COLOURS, OVERLAY
from pages._features.look import Look, look
from pages._features.sample import show_sample
from pages._panels.choices import TEXT
from pages._panels.headline import headline
from pages._shell import caches
from pages._shell.actions import choose, is_on
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state

_KEY = "channel-grid"
_TILES, _LINES, _MOST = 12, 4, 32
"""Units that are shown first: of a message _LINES; and at most."""


@panel("maps-answer", follows=(PLAN, SAMPLE, TEXT))
def maps_answer() -> None:
    """Say what became of where the map lies; without a picture, of the unit that leads."""
    seen = look()
    rows = localisation_rows(seen.dense.localisation, seen.pruned.localisation)
    if rows and seen.is_picture:
        one = rows[0]
        moved = say("features.maps.moved", what=one.name, before=one.dense, after=one.pruned)
        headline(moved, _leads(seen))
    else:
        headline(_leads(seen))


def _leads(seen: Look) -> str:
    first = int(seen.dense.order[0])
    before, after = (float(one.relevance[first]) for one in (seen.dense, seen.pruned))
    unit = wording.capital(seen.name(first))
    return say("features.maps.leads", unit=unit, layer=seen.title, before=before, after=after)


@panel("maps", follows=(PLAN, SAMPLE, TEXT, CHANNEL, ALL_UNITS))
def maps() -> None:
    """Show the sample and the channels of the layer; the sample of maps stays in sight."""
    seen = look()
    if not seen.is_picture:
        show_sample(seen)
        _grid(seen)
        return
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(key="maps-sample"):
        show_sample(seen)
    with right:
        _grid(seen)


def _grid(seen: Look) -> None:
    now = state()
    colours: Any = now[COLOURS]
    whole = (
        max(map_caches.largest(network, seen.sight) for network in seen.comparison.both)
        if now[COLOURS] == "network"
        else 0.0
    )
    grid = channel_grid(
        seen.dense,
        seen.pruned,
        colours=colours,
        network=whole,
        output=seen.output,
        unit=seen.unit,
        names=seen.names,
        most=_all(seen) if now[ALL_UNITS] else _first(seen),
    )
    CHANNEL_GRID(
        _KEY,
        {
            "kind": seen.dense.kind,
            "title": say("features.maps.pick", unit=seen.unit, layer=seen.title),
            "picked": seen.channel,
            "tiles": _tiles(seen, grid),
        },
        on_picked=_picked,
    )
    _offer_more(seen)
    said = [grid.sentence, grid.scale, say("features.maps.marked")]
    if seen.dense.kind == "tokens":
        said.append(say("features.maps.padding"))
    st.markdown(f":small[{plain(' '.join(said))}]")


def _first(seen: Look) -> int:
    """Return how many units are shown at first: of those that are not silent in both networks."""
    most = _LINES if seen.dense.kind == "tokens" else _TILES
    return min(most, max(1, len(seen.dense.order) - _silent(seen)))


def _all(seen: Look) -> int:
    """Return how many units are shown at most."""
    most = 2 * _LINES if seen.dense.kind == "tokens" else _MOST
    return min(most, len(seen.dense.order))


def _offer_more(seen: Look) -> None:
    more, silent = _all(seen) - _first(seen), _silent(seen)
    if more > 0:
        label = (
            say("features.maps.more_silent", n=more, silent=min(more, silent))
            if silent
            else say("features.maps.more", n=more)
        )
        is_on(ALL_UNITS, label)


def _silent(seen: Look) -> int:
    """Return how many units are 0 on this sample in both networks; they are ranked last."""
    strongest = np.maximum(np.abs(seen.dense.maps), np.abs(seen.pruned.maps))
    return int((strongest.reshape(len(strongest), -1).max(1) == 0).sum())


def _picked() -> None:
    event = st.session_state[_KEY].picked
    channel = event.get("channel") if isinstance(event, dict) else None
    if isinstance(channel, int) and channel >= 0:
        choose(CHANNEL.to(channel), CLOSELY.to(value=True))


def _tiles(seen: Look, grid: ChannelGrid) -> list[dict[str, Any]]:
    return [
        {
            "channel": one.channel,
            "title": seen.name(one.channel),
            "alt": one.alt,
            "sides": _sides(seen, one),
        }
        for one in grid.channels
    ]


def _sides(seen: Look, one: Channel) -> list[dict[str, Any]]:
    draw = {"maps": _maps, "tokens": _tokens, "units": _bars}[seen.dense.kind]
    return [
        {
            "caption": say(
                "features.maps.dead_side" if dead else "comparison.network", network=which
            ),
            "dead": dead,
            "note": signed(relevance),
            **drawn,
        }
        for which, dead, relevance, drawn in zip(
            ("dense", "pruned"), one.dead, one.relevance, draw(seen, one), strict=True
        )
    ]


def _maps(seen: Look, one: Channel) -> list[dict[str, Any]]:
    over = state()[OVERLAY] and seen.is_picture
    size = seen.size if over else None
    height, width = size or seen.dense.maps.shape[-2:]
    under = caches.picture_of(seen.comparison.dense, seen.sight.sample) if over else ""
    return [
        {"under": under, "over": uri, "ratio": width / height}
        for uri in map_uris(seen.dense, seen.pruned, one, size)
    ]


def _tokens(seen: Look, one: Channel) -> list[dict[str, Any]]:
    return [
        {
            "tokens": [
                [word, float(value) / (one.largest or 1.0)]
                for word, value in zip(seen.words, found.maps[one.channel], strict=False)
            ]
        }
        for found in (seen.dense, seen.pruned)
    ]


def _bars(_seen: Look, one: Channel) -> list[dict[str, Any]]:
    return [
        {"bar": {"share": peak / (one.largest or 1.0), "text": number(peak)}} for peak in one.peak
    ]
