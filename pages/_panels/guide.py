"""Help: how the ribbon is used, its keys, and the words of the field."""

import streamlit as st

from explain.core.messages import say
from pages._panels.choices import CLASS
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import state
from pages._shell.terms import glossary

_WIDTH = 480
"""Of the open chip, in pixels, where the screen has them."""


def guide() -> None:
    """Show the chip that opens the help."""
    with (
        st.popover(say("panels.guide.chip"), key="guide", type="tertiary"),
        st.container(width=_WIDTH),
        boundary("guide"),
    ):
        _class_mode()
        uses = [say("panels.guide.use", what=what) for what in ("slide", "chips", "back", "line")]
        keys = [say("panels.guide.key", what=what) for what in ("step", "page", "end", "zero")]
        st.markdown("\n".join(f"- {plain(use)}" for use in uses))
        st.markdown("\n".join([f"**{say('panels.guide.keys')}**", "", *(f"- {k}" for k in keys)]))
        words = [f"- **{plain(word)}**: {plain(card)}" for word, card in glossary()]
        st.markdown("\n".join([f"**{say('panels.guide.words')}**", "", *words]))


def _class_mode() -> None:
    """Offer the page for a projector, or the usual one."""
    mode = "on" if state()[CLASS] else "off"
    if st.button(say("panels.guide.class", mode=mode), key="class-mode"):
        choose(CLASS.to(mode == "off"))
