"""The chip of the language, where there is more than one to choose from."""

import streamlit as st

from explain.core.messages import keys, languages, say, speaking
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import LANGUAGE, kept_field, state


def language() -> None:
    """Show the chip with the name of the language; it opens the choice of another."""
    if len(languages()) == 1:
        return
    with (
        st.popover(plain(_name(state()[LANGUAGE])), key="language", type="tertiary"),
        boundary("language"),
    ):
        st.radio(
            say("panels.language.choose"),
            languages(),
            format_func=lambda one: plain(_name(one)),
            label_visibility="collapsed",
            **kept_field("lang", state()[LANGUAGE], lambda one: choose(LANGUAGE.to(one))),
        )


def _name(one: str) -> str:
    """Return what a language calls itself, its key where it does not say."""
    if "panels.language.name" not in keys(one):
        return one
    with speaking(one):
        return say("panels.language.name")
