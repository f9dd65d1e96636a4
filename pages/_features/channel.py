"""One channel closely: its maps, what it sees, its arithmetic, and all that over the amounts."""

from functools import partial

import numpy as np
import streamlit as st

from explain.core.messages import say
from explain.figures import (
    FieldPair,
    case_name,
    channel_grid,
    field_pair,
    kernel_tiles,
    map_uris,
    strip,
    wording,
)
from explain.study import CURVE
from pages._components.place_picker import PLACE_PICKER
from pages._features import caches as map_caches
from pages._features.choices import CHANNEL, CLOSELY, PLACE, STRIP
from pages._features.look import Look, look
from pages._features.markup import NETWORKS, Picture, kernels_row, pictures, stills_row
from pages._features.sample import truth_of
from pages._panels.choices import TEXT
from pages._panels.unit import terms, titles
from pages._shell import caches, current
from pages._shell.actions import choose, folded
from pages._shell.charts import plain
from pages._shell.kept import with_progress
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, SAMPLE, keep, state

_PICKER = "maps-picker"


@panel("maps-channel", follows=(PLAN, SAMPLE, TEXT, CHANNEL, PLACE, CLOSELY))
def maps_channel() -> None:
    """Offer the chosen channel; without a choice the most relevant one."""
    seen = look()
    unit = wording.capital(seen.name(seen.channel))
    with folded(CLOSELY, say("features.channel.title", unit=unit)):
        if state()[CLOSELY]:
            _closely(seen)


def _closely(seen: Look) -> None:
    if not seen.is_picture:
        _choice(seen)
        with boundary("weights"):
            _weights(seen)
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _choice(seen)
        at = _position(seen)
        with boundary("receptive field"):
            _field(seen, at)
    with right, boundary("weights"):
        _weights(seen)


def _choice(seen: Look) -> None:
    order = [int(at) for at in seen.dense.order]
    st.selectbox(
        plain(say("features.channel.choice", unit=seen.unit)),
        order,
        format_func=seen.name,
        key=keep("maps-channel-choice", seen.channel),
        on_change=_chosen,
        help=say("features.channel.choice_help"),
    )


def _chosen() -> None:
    choose(CHANNEL.to(st.session_state["maps-channel-choice"]))


def _position(seen: Look) -> tuple[int, int]:
    """Return the position whose field is shown, at first the strongest; offer it as numbers."""
    at = _place(seen)
    row = st.container(horizontal=True, gap="small", vertical_alignment="bottom")
    for axis, name in enumerate(("row", "column")):
        row.number_input(
            plain(say("features.channel.position", axis=name)),
            0,
            seen.dense.maps.shape[axis + 1] - 1,
            step=1,
            key=keep(f"maps-at-{name}", at[axis]),
            on_change=_typed,
        )
    row.button(
        say("features.channel.strongest"),
        on_click=_choose_strongest,
        help=say("features.channel.strongest_help"),
    )
    return at


def _place(seen: Look) -> tuple[int, int]:
    at, values = state()[PLACE], np.abs(seen.dense.maps[seen.channel])
    if at is not None and at[0] < values.shape[0] and at[1] < values.shape[1]:
        return at
    row, column = np.unravel_index(int(values.argmax()), values.shape)
    return int(row), int(column)


def _typed() -> None:
    row, column = (int(st.session_state[f"maps-at-{name}"]) for name in ("row", "column"))
    choose(PLACE.to((row, column)))


def _picked(height: int, width: int) -> None:
    event = st.session_state[_PICKER].placed
    at = (event.get("row"), event.get("column")) if isinstance(event, dict) else ()
    inside = [
        place
        for place, size in zip(at, (height, width), strict=False)
        if isinstance(place, int) and 0 <= place < size
    ]
    if len(inside) == 2:
        choose(PLACE.to((inside[0], inside[1])))


def _choose_strongest() -> None:
    choose(PLACE.to(None))


def _field(seen: Look, at: tuple[int, int]) -> None:
    fields = [
        map_caches.field(network, seen.layer, seen.channel, at, seen.sight)
        for network in seen.comparison.both
    ]
    found = field_pair(*fields)
    _maps(seen, at)
    st.html(pictures(_fields(seen, found), 220, columns=2))
    st.markdown(f":small[{say('features.channel.above_and_below')} {plain(found.sentence)}]")


def _maps(seen: Look, at: tuple[int, int]) -> None:
    own = channel_grid(seen.dense, seen.pruned, colours="unit", most=len(seen.dense.order))
    one = next(c for c in own.channels if c.channel == seen.channel)
    height, width = seen.dense.maps.shape[-2:]
    sides = zip(("dense", "pruned"), map_uris(seen.dense, seen.pruned, one), one.dead, strict=True)
    PLACE_PICKER(
        _PICKER,
        {
            "rows": height,
            "columns": width,
            "at": list(at),
            "pictures": [
                {
                    "caption": say(
                        "features.channel.dead_map" if dead else "features.channel.map",
                        network=which,
                    ),
                    "alt": say("features.channel.map_alt", network=which, alt=one.alt),
                    "over": uri,
                }
                for which, uri, dead in sides
            ],
        },
        on_placed=partial(_picked, height, width),
    )


def _fields(seen: Look, found: FieldPair) -> list[Picture]:
    truth = truth_of(seen)
    return [
        Picture(
            look=which,
            caption=say("features.channel.field", network=which),
            alt=say("features.channel.field_alt", network=which, sentence=found.sentence),
            under=caches.picture_of(seen.comparison.dense, seen.sight.sample),
            over=(uri, truth) if truth else (uri,),
            grey=True,
            ratio=seen.size[1] / seen.size[0],
            box=found.box,
        )
        for which, uri in zip(NETWORKS, found.uris, strict=True)
    ]


def _weights(seen: Look) -> None:
    found = kernel_tiles(map_caches.incoming(seen.comparison, seen.layer, seen.channel))
    st.subheader(say("features.channel.weights"), anchor=False)
    if seen.sight.text:
        stored = say("features.channel.stored_only")
        st.markdown(f":small[{plain(found.sentence)} {stored}]")
        return
    now = state()
    dense, pruned = caches.unit_arithmetic(seen.comparison, seen.layer, seen.channel, now.sample)
    names = [_source(seen, sources) for sources in dense.sources]
    if found.tiles:
        st.html(
            kernels_row(
                (_short(names, at), first, second, _left(survives))
                for at, first, second, survives in found.tiles
            )
        )
    st.markdown(f":small[{plain(found.sentence)}]")
    unit = seen.name(seen.channel)
    title = say(
        "features.channel.terms",
        layer=seen.title,
        unit=unit,
        sample=case_name(seen.subject.samples, now.sample),
    )
    terms(title, dense, pruned, names, "maps-terms")


def _short(names: list[str], at: int) -> str:
    """Return the last part of a name: the table below has it whole."""
    return names[at].rpartition(".")[2] if at < len(names) else _input(at)


def _input(at: int) -> str:
    return say("features.channel.input", at=at)


def _left(survives: float) -> str:
    if np.isnan(survives):
        return say("features.channel.no_weights")
    return say("features.channel.left", left=survives)


def _source(seen: Look, sources: tuple[tuple[str, int], ...]) -> str:
    names = [_unit_name(seen, key, at) for key, at in sources]
    return " + ".join(names) or say("features.channel.nothing")


def _unit_name(seen: Look, key: str, at: int) -> str:
    """Return the name of a unit that feeds another: a feature, a pixel, or its layer and number."""
    spec = seen.subject.spec
    layers = titles(seen.subject)
    if at < 0:
        return layers.get(key, key)
    if key not in layers and spec.kind != "text" and at < len(spec.names):
        return spec.names[at]
    if key not in layers and spec.kind == "image" and spec.shape[0] == len("rgb"):
        return say("features.channel.colour", colour="rgb"[at]) if at < len("rgb") else _input(at)
    return f"{layers.get(key, key)} {at}"


@panel("maps-strip", follows=(PLAN, SAMPLE, TEXT, CHANNEL, STRIP))
def maps_strip() -> None:
    """Offer the strip; made once per plan, channel and sample, then only its mark moves."""
    if state()[OTHER] is not None:
        return
    seen = look()
    unit = wording.capital(seen.name(seen.channel))
    with folded(STRIP, say("features.strip.title", unit=unit)):
        if state()[STRIP]:
            _strip(seen)


def _strip(seen: Look) -> None:
    now = state()
    asked = (now.model, current.masked(now), seen.layer, seen.channel, seen.sight)
    found = with_progress(
        say("features.strip.progress", tried=len(CURVE)),
        lambda progress: map_caches.stills(*asked, progress),
        ready=map_caches.stills.ready(*asked),
    )
    tokens = len(seen.words) if seen.dense.kind == "tokens" else None
    here = caches.masks(now.model, now.plan).pool_amount
    drawn = strip(found, here, seen.name(seen.channel), tokens)
    st.html(stills_row(drawn))
    st.markdown(f":small[{plain(drawn.sentence)}]")
