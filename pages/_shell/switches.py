"""Widgets that show or hide: what they are set to is a choice, so a link and a reload keep it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.state import Choice, keep, state


def is_on(
    choice: Choice[bool], label: str, *, about: str | None = None, row: DeltaGenerator | None = None
) -> bool:
    """Show a switch, in `row` or where the page is; return whether it is on."""
    widget = f"{choice.name}-on"
    (row or st).toggle(
        plain(label),
        key=keep(widget, state()[choice]),
        help=plain(about) if about else None,
        on_change=_flip,
        args=(choice, widget),
    )
    return state()[choice]


def _flip(choice: Choice[bool], widget: str) -> None:
    choose(choice.to(bool(st.session_state[widget])))


def folded(choice: Choice[bool], label: str) -> DeltaGenerator:
    """Return a part that opens and closes; its content is drawn either way."""
    widget = f"{choice.name}-open"
    return st.expander(
        plain(label),
        key=keep(widget, state()[choice]),
        expanded=state()[choice],
        on_change=_flip,
        args=(choice, widget),
    )
