"""The maps of a layer: dense and pruned side by side, each channel a button."""

from typing import Any

import numpy as np
import streamlit as st

from explain.core import Compared
from explain.core.messages import say, signed
from explain.features import SPARSITY_WARNING
from explain.figures import (
    Channel,
    ChannelGrid,
    answer,
    case_name,
    channel_grid,
    decision_name,
    heat_pair,
    localisation_rows,
    map_uris,
    number,
    outline,
    wording,
)
from pages._components.channel_grid import CHANNEL_GRID
from pages._features import caches as map_caches
from pages._features.choices import ALL_UNITS, CHANNEL, COLOURS, OVERLAY
from pages._features.look import Look, look
from pages._features.markup import Picture, numbers_table, pictures
from pages._panels.choices import TEXT
from pages._panels.headline import headline
from pages._shell import caches
from pages._shell.actions import choose, is_on
from pages._shell.charts import plain
from pages._shell.current import outputs
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state

_KEY = "channel-grid"
_FIRST, _LINES, _MOST = 12, 8, 32
"""Units that are shown first, and at most: of a message, of all else."""


@panel("maps", follows=(PLAN, SAMPLE, TEXT, CHANNEL, ALL_UNITS))
def maps() -> None:
    """Show the answer, the sample and the channels of the layer."""
    seen = look()
    _headline(seen)
    if not seen.is_picture:
        _decisions(seen)
        if seen.subject.spec.kind == "image":
            st.html(pictures([_picture(seen)], 120))
        _grid(seen)
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _sample(seen)
    with right:
        _grid(seen)


def _headline(seen: Look) -> None:
    """Say what became of where the map lies; without a picture, of the unit that leads."""
    rows = localisation_rows(seen.dense.localisation, seen.pruned.localisation)
    if rows and seen.is_picture:
        one = rows[0]
        headline(say("features.maps.moved", what=one.name, before=one.dense, after=one.pruned))
        return
    first = int(seen.dense.order[0])
    before, after = (float(one.relevance[first]) for one in (seen.dense, seen.pruned))
    unit = wording.capital(seen.name(first))
    headline(say("features.maps.leads", unit=unit, layer=seen.title, before=before, after=after))


def _decisions(seen: Look) -> None:
    """Say what both networks decide for what is looked at."""
    dense, pruned = (plain(_decided(seen, network)) for network in seen.comparison.both)
    truth = _truth(seen)
    if seen.sight.text:
        st.markdown(say("features.maps.message_decided", dense=dense, pruned=pruned))
    else:
        sample = plain(case_name(seen.subject.samples, seen.sight.sample))
        said = say("features.maps.decided", sample=sample, dense=dense, pruned=pruned)
        st.markdown(f"{said} · {truth}" if truth else said)


def _decided(seen: Look, network: Compared) -> str:
    return _decision(seen, outputs(network, seen.sight.sample, seen.sight.text))


def _decision(seen: Look, found: "np.ndarray[Any, np.dtype[np.float64]]") -> str:
    return answer(found, seen.subject.task, 0).decision


def _truth(seen: Look) -> str:
    targets, task = seen.subject.samples.targets, seen.subject.task
    if targets is None or seen.sight.text:
        return ""
    said = decision_name(task, targets[seen.sight.sample].numpy())
    return f"{plain(task.target)}: {plain(said)}"


def truth_of(seen: Look) -> str:
    """Return the outline of the sample's pixel truth as a data URI, empty where there is none."""
    masks = seen.subject.samples.masks
    if masks is None:
        return ""
    mask = masks[seen.sight.sample].bool().numpy()
    return outline(mask) if mask.any() else ""


def _picture(seen: Look) -> Picture:
    truth, sample = truth_of(seen), seen.sight.sample
    return Picture(
        caption=say("features.maps.outlined" if truth else "features.maps.sample"),
        alt=say(
            "features.maps.outlined_alt" if truth else "features.maps.sample_alt", sample=sample
        ),
        under=caches.picture_of(seen.comparison.dense, sample),
        over=(truth,) if truth else (),
        ratio=seen.size[1] / seen.size[0],
    )


def _sample(seen: Look) -> None:
    """Show the sample, all channels together over it, and their localisation numbers."""
    _decisions(seen)
    picture = caches.picture_of(seen.comparison.dense, seen.sight.sample)
    truth, shown = truth_of(seen), [_picture(seen)]
    said = ""
    if seen.dense.heat is not None and seen.pruned.heat is not None:
        heat = heat_pair(seen.dense.heat, seen.pruned.heat, seen.size)
        said = heat.sentence
        shown += [
            Picture(
                caption=say("features.maps.together", network=which),
                alt=say(
                    "features.maps.together_alt", network=which, layer=seen.title, sentence=said
                ),
                under=picture,
                over=(uri, truth) if truth else (uri,),
                grey=True,
                ratio=shown[0].ratio,
            )
            for which, uri in zip(("dense", "pruned"), heat.uris, strict=True)
        ]
    st.html(pictures(shown, 220, columns=len(shown)))
    st.markdown(f":small[{plain(said)}]")
    _localisation(seen)


def _localisation(seen: Look) -> None:
    rows = localisation_rows(seen.dense.localisation, seen.pruned.localisation)
    st.subheader(say("features.maps.localisation"), anchor=False)
    if not rows:
        st.markdown(say("features.maps.no_energy"))
        return
    st.html(numbers_table(rows))
    st.markdown(
        f":small[{say('features.maps.one_sample')}]",
        help=plain(SPARSITY_WARNING),
    )
    with st.popover(say("features.maps.secondary"), type="tertiary"):
        st.markdown(plain(SPARSITY_WARNING))


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
        most=_shown(seen),
    )
    st.markdown(plain(grid.sentence))
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
    said = [grid.scale, say("features.maps.marked")]
    if seen.dense.kind == "tokens":
        said.append(say("features.maps.padding"))
    st.markdown(f":small[{plain(' '.join(said))}]")


def _shown(seen: Look) -> int:
    """Return how many units are shown; offer the others, and say how many of all are silent."""
    there = min(_LINES if seen.dense.kind == "tokens" else _MOST, len(seen.dense.order))
    if there <= _FIRST:
        return there
    strongest = np.stack([np.abs(one.maps) for one in (seen.dense, seen.pruned)]).max(0)
    silent = int((strongest.reshape(len(strongest), -1).max(1) == 0).sum())
    more = say("features.maps.more", n=there - _FIRST, silent=silent)
    return there if is_on(ALL_UNITS, more) else _FIRST


def _picked() -> None:
    event = st.session_state[_KEY].picked
    channel = event.get("channel") if isinstance(event, dict) else None
    if isinstance(channel, int) and channel >= 0:
        choose(CHANNEL.to(channel))


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
