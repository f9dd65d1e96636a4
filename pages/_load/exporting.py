"""How a model is brought here from where it was made: the how-to as text of the app."""

import re
from pathlib import Path

import streamlit as st

from explain.core.messages import say

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "bring-your-own-model.md"
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_LINK = re.compile(r"\[([^\]\n]+)\]\((?!https?:)[^)\n]*\)")


def offer_help() -> None:
    """Offer the recipes that export a model."""
    if st.button(say("load.export.button"), key="load-export"):
        st.dialog(say("load.export.title"), width="large")(_recipes)()


def _recipes() -> None:
    st.markdown(how_to())


def how_to() -> str:
    """Return the how-to without its title, and without links that lead nowhere in the app."""
    text = _COMMENT.sub("", _PAGE.read_text(encoding="utf-8"))
    return _LINK.sub(r"\1", text.partition("\n")[2])
