"""The start of a session: the state comes from the link, checked against what is here."""

from dataclasses import fields

import streamlit as st

from explain.core.threads import use_one_thread
from models.catalog import CATALOG
from pages._shell.actions import shown_url, went_back, write_url
from pages._shell.checking import checked
from pages._shell.entry import STARTED
from pages._shell.plain import plain
from pages._shell.state import change
from pages._shell.url import decode

__all__ = ["start_session"]


_LINK = "link"
"""What the first address asked for: a click on the menu before all of it was read empties it."""


def start_session() -> None:
    """Take the state from the URL, at the start and after "back"; say what was left out."""
    use_one_thread()
    link = st.session_state.setdefault(_LINK, shown_url())
    if STARTED not in st.session_state or went_back():
        found, notes = decode(shown_url() or link, [demo.key for demo in CATALOG])
        found, more = checked(found)
        change(**{field.name: getattr(found, field.name) for field in fields(found)})
        st.session_state["notes"] = (*notes, *more)
        st.session_state[STARTED] = True
    write_url()
    for note in st.session_state.pop("notes", ()):
        st.warning(plain(note))
