"""The pinned case in one line beside the chosen one: what both networks decide, and a swap."""

import streamlit as st

from explain.core.messages import say
from pages._panels.case_choices import PINNED
from pages._panels.case_said import case_said
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("pinned", follows=(PLAN, SAMPLE, PINNED))
def pinned_case() -> None:
    """Show the case that the chosen one is compared with, where there is one."""
    pinned = state()[PINNED]
    if pinned is None:
        return
    said = case_said(state(), pinned)
    row = st.container(key="case-pinned", horizontal=True, vertical_alignment="center", gap="small")
    row.markdown(plain(say("panels.case.pinned", name=said.name, turn=said.turn.said)))
    row.button(say("panels.case.swap"), key="case-swap", type="tertiary", on_click=_swap)
    row.button(say("panels.case.unpin"), key="case-unpin", type="tertiary", on_click=_unpin)


def _swap() -> None:
    pinned = state()[PINNED]
    if pinned is not None:
        choose(SAMPLE.to(pinned), PINNED.to(state().sample))


def _unpin() -> None:
    choose(PINNED.to(None))
