"""Where you are: the model and what it is for."""

import streamlit as st

from pages._shell import caches
from pages._shell.boundary import boundary
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["header"]


def header() -> None:
    """Show the model's title and purpose in one line."""
    with boundary("header"):
        card = caches.subject(state().model).card
        st.markdown(f"**{plain(card.title)}.** {plain(card.purpose)}")
