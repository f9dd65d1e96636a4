"""The chip of the case that is looked at; it opens the choice of another by looking."""

from html import escape

import streamlit as st

from explain.core.messages import say
from pages._panels.case_choices import CHOICES
from pages._panels.case_list import choose_beside
from pages._panels.case_picker import case_picker
from pages._panels.case_said import case_said
from pages._panels.choices import TEXT
from pages._shell import caches
from pages._shell.current import has_data
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, State, state

_SIDES = {True: "right", False: "wrong", None: ""}


@panel("sample", follows=(PLAN, SAMPLE, TEXT, *CHOICES))
def case() -> None:
    """Show what the case is and what both networks decide. Nothing without samples."""
    if not has_data():
        return
    now = state()
    with st.container(key="case", horizontal=True, gap=None):
        with st.container(key="case-chip", gap=None):
            st.html(_card(now))
            chip = st.popover(
                say("panels.case.choose"), key="case-choice", width="stretch", on_change="rerun"
            )
        with st.container(key="case-steps", width="content", gap=None):
            _step("previous", -1)
            _step("next", 1)
    with chip, st.container(key="case-picker", gap="small"):
        case_picker(opened=bool(chip.open))


def _card(now: State) -> str:
    said = case_said(now, now.sample, now[TEXT])
    side = _SIDES[said.turn.right]
    return (
        f'<div class="case-card">{_picture(now)}<p><strong>{escape(said.name)}</strong>'
        f'<span class="case-line">{escape(said.line)}</span>'
        f'<span class="case-turn {side}">{escape(said.turn.said)}</span></p></div>'
    )


def _picture(now: State) -> str:
    if caches.subject(now.model).spec.kind != "image":
        return ""
    return f'<img src="{escape(caches.picture_of(now.model, now.sample))}" alt="">'


def _step(way: str, by: int) -> None:
    st.button(
        say("panels.case.step", way=way),
        key=f"case-{way}",
        type="tertiary",
        on_click=choose_beside,
        args=(by,),
    )
