"""One channel closely: its maps, what it sees, its kernels and its arithmetic."""

import numpy as np
import streamlit as st

from explain.figures.fields import FieldPair, field_pair, kernel_tiles
from explain.figures.maps import channel_grid, map_uris
from explain.figures.wording import share
from pages._panels.maps import CHANNEL, truth_of
from pages._panels.maps_html import Picture, kernels_row, pictures
from pages._panels.maps_look import Look, look
from pages._panels.terms import terms
from pages._shell import caches, map_caches
from pages._shell.actions import choose
from pages._shell.boundary import boundary
from pages._shell.keep import keep
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["maps_channel"]


@st.fragment(key="maps-channel")
def maps_channel() -> None:
    """Show the chosen channel; without a choice the most relevant one."""
    with boundary("channel"):
        seen = look()
        st.subheader(f"One {seen.unit} closely", anchor=False)
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
        f"{seen.unit.capitalize()}, most relevant first",
        order,
        format_func=seen.name,
        key=keep("maps-channel-choice", seen.channel),
        on_change=_chosen,
        help="The same as a click on its tile above.",
    )


def _chosen() -> None:
    choose(channel=st.session_state["maps-channel-choice"])
    st.rerun(list(CHANNEL))


def _position(seen: Look) -> tuple[int, int]:
    """Offer the position whose field is shown, at first the strongest one."""
    values = np.abs(seen.dense.maps[seen.channel])
    strongest = np.unravel_index(int(values.argmax()), values.shape)
    place = f"{seen.before.model}-{seen.layer}-{seen.channel}-{seen.sight.sample}"
    row = st.container(horizontal=True, gap="small")
    found = [
        row.number_input(
            f"Position, {name}",
            0,
            values.shape[axis] - 1,
            value=int(strongest[axis]),
            step=1,
            key=f"maps-at-{name}-{place}",
        )
        for axis, name in enumerate(("row", "column"))
    ]
    return int(found[0]), int(found[1])


def _field(seen: Look, at: tuple[int, int]) -> None:
    fields = [
        map_caches.field(network, seen.layer, seen.channel, at, seen.sight)
        for network in (seen.before, seen.after)
    ]
    found = field_pair(*fields)
    st.html(pictures([*_maps(seen, at), *_fields(seen, found)], 220, columns=2))
    st.markdown(
        f":small[Above, the {seen.unit}'s maps with the position as a dot. Below, what that "
        f"position reacts to, and the box of what it can see at all. {plain(found.sentence)}]"
    )


def _maps(seen: Look, at: tuple[int, int]) -> list[Picture]:
    own = channel_grid(seen.dense, seen.pruned, colours="unit", most=len(seen.dense.order))
    one = next(c for c in own.channels if c.channel == seen.channel)
    height, width = seen.dense.maps.shape[-2:]
    return [
        Picture(
            caption=f"map, {which}",
            alt=f"{one.alt} Shown: {which}.",
            over=(uri,),
            ratio=width / height,
            dot=((at[1] + 0.5) / width, (at[0] + 0.5) / height),
            empty="dead: 0 on every sample looked at" if dead else "",
        )
        for which, uri, dead in zip(
            ("dense", "pruned"), map_uris(seen.dense, seen.pruned, one), one.dead, strict=True
        )
    ]


def _fields(seen: Look, found: FieldPair) -> list[Picture]:
    truth = truth_of(seen)
    return [
        Picture(
            caption=f"field, {which}",
            alt=f"Effective field, {which}. {found.sentence}",
            under=caches.picture_of(seen.before.model, seen.sight.sample),
            over=(uri, truth) if truth else (uri,),
            grey=True,
            ratio=seen.size[1] / seen.size[0],
            box=found.box,
        )
        for which, uri in zip(("dense", "pruned"), found.uris, strict=True)
    ]


def _weights(seen: Look) -> None:
    found = kernel_tiles(map_caches.incoming(seen.before, seen.after, seen.layer, seen.channel))
    st.markdown("**What leads into it**")
    if seen.sight.text:
        st.markdown(f":small[{plain(found.sentence)} Its arithmetic is shown for stored samples.]")
        return
    now = state()
    dense, pruned = caches.unit_arithmetic(
        now.model,
        now.plan,
        seen.layer,
        seen.channel,
        now.sample,
        recalibrated=now.recalibrated,
    )
    names = [_source(seen, sources) for sources in dense.sources]
    if found.tiles:
        st.html(
            kernels_row(
                (_short(names, at), first, second, _left(survives))
                for at, first, second, survives in found.tiles
            )
        )
    st.markdown(f":small[{plain(found.sentence)}]")
    title = f"{seen.title}, {seen.name(seen.channel)}, sample {now.sample}"
    terms(title, dense, pruned, names, "maps-terms")


def _short(names: list[str], at: int) -> str:
    return names[at] if at < len(names) else f"input {at}"


def _left(survives: float) -> str:
    return "no weights" if np.isnan(survives) else f"{share(survives, 0)} left"


def _source(seen: Look, sources: tuple[tuple[str, int], ...]) -> str:
    return " + ".join(_unit_name(seen, key, at) for key, at in sources) or "nothing"


def _unit_name(seen: Look, key: str, at: int) -> str:
    """Return the name of a unit that feeds another: a feature, a pixel, or its layer and number."""
    spec = seen.subject.spec
    titles = {info.name: info.display for info in seen.subject.network.layers}
    if at < 0:
        return titles.get(key, key)
    if key not in titles and spec.kind != "text" and at < len(spec.names):
        return spec.names[at]
    if key not in titles and spec.kind == "image" and spec.shape[0] == len("rgb"):
        return ("red", "green", "blue")[at] if at < len("rgb") else f"input {at}"
    return f"{titles.get(key, key)} {at}"
