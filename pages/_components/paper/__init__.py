"""What paper must know of the window before it is printed."""

from pathlib import Path

import streamlit as st

__all__ = ["mount_paper"]

_JS = Path(__file__).with_name("paper.js").read_text(encoding="utf-8")
_PAPER = st.components.v2.component("sparsight_paper", html="<i hidden></i>", js=_JS)


def mount_paper() -> None:
    """Make paper as wide as the window, from the first time on that a page says so."""
    _PAPER(key="paper")
