"""What is looked at: the layer, the output that relevance speaks of, and the colour range."""

import streamlit as st

from explain import Subject
from explain.core.messages import say
from explain.figures import case_name, output_name
from models.text import MOST
from pages._features.choices import COLOURS, LAYER, OVERLAY
from pages._features.look import layer_titles, shown_layer
from pages._panels.choices import TARGET, TEXT
from pages._shell import caches
from pages._shell.actions import choose, drop, is_on
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import keep, state

_RANGES = ("unit", "layer", "network")
_DECIDED = -1
_LINK = 2_000
"""Characters of a typed text that a link carries."""


def maps_choice() -> None:
    """Show the choices; each changes the one state and repaints the page."""
    with boundary("choices"):
        subject = caches.subject(state().model)
        if not layer_titles(subject):
            st.info(say("features.menus.no_layer"))
            return
        columns = st.columns([2, 3, 4], vertical_alignment="top")
        with columns[0]:
            _layer(subject)
        with columns[1]:
            _target(subject)
        with columns[2]:
            _colours(subject)
        if subject.spec.kind == "text":
            _message()


def _layer(subject: Subject) -> None:
    titles, now = layer_titles(subject), state()
    if now[LAYER] and now[LAYER] not in titles:
        gone = say("features.menus.no_such_layer", layer=now[LAYER])
        st.markdown(f":small[{plain(gone)}]")
        drop(LAYER)
    st.selectbox(
        say("features.menus.layer"),
        list(titles),
        format_func=titles.__getitem__,
        key=keep("maps-layer", shown_layer(subject, state())),
        on_change=lambda: choose(LAYER.to(st.session_state["maps-layer"])),
    )


def _target(subject: Subject) -> None:
    if not subject.task.by_class:
        name = plain(output_name(subject.task, 0))
        st.markdown(f":small[{say('features.menus.relevance_for')}]  \n**{name}**")
        return
    chosen, classes = state()[TARGET], subject.task.classes
    st.selectbox(
        say("features.menus.output"),
        [_DECIDED, *range(len(classes))],
        format_func=lambda at: say("features.menus.decided") if at == _DECIDED else classes[at],
        key=keep("maps-target", _DECIDED if chosen not in range(len(classes)) else chosen),
        on_change=_choose_target,
        help=say("features.menus.output_help"),
    )


def _choose_target() -> None:
    chosen = st.session_state["maps-target"]
    choose(TARGET.to(None if chosen == _DECIDED else chosen))


def _colours(subject: Subject) -> None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    row.segmented_control(
        say("features.menus.colours"),
        _RANGES,
        format_func=lambda of: plain(say("features.menus.range", of=of)),
        key=keep("maps-colours", state()[COLOURS]),
        required=True,
        on_change=lambda: choose(COLOURS.to(st.session_state["maps-colours"])),
    )
    if subject.spec.kind == "image":
        about = say("features.menus.over_help")
        is_on(OVERLAY, say("features.menus.over"), about=about, row=row)


def _message() -> None:
    now = state()
    st.text_area(
        say("features.menus.message"),
        key=keep("maps-text", now[TEXT]),
        max_chars=min(MOST, _LINK),
        height=80,
        placeholder=say(
            "features.menus.message_placeholder",
            sample=case_name(caches.subject(now.model).samples, now.sample),
        ),
        on_change=lambda: choose(TEXT.to(st.session_state["maps-text"].strip())),
    )
