"""The start of a session: the state comes from the link, checked against what is here."""

import streamlit as st

from explain.core import share_one_heap, use_one_thread
from models.catalog import CATALOG
from pages._shell import loaded
from pages._shell.actions import shown_url, went_back, write_url
from pages._shell.charts import plain
from pages._shell.leaving import watch_session
from pages._shell.reading import Query
from pages._shell.state import STARTED, state
from pages._shell.url import (
    PAGE,
    Choices,
    checked,
    decode,
    encode,
    notes_said,
    show_view,
    wait_for,
    waiting,
)

_LINK = "link"
"""What the first address asked for: a click on the menu before all of it was read empties it."""

_WITHOUT_RIBBON = "models"
"""The page that has no line for messages: notes stand above it."""


def start_session(page: str, choices: Choices) -> None:
    """Take the state from the URL, at the start and after "back".

    `page` is the address of the page that is opened, "" for the first.
    """
    use_one_thread()
    share_one_heap()
    watch_session()
    st.session_state[PAGE] = page
    first = st.session_state.setdefault(_LINK, shown_url())
    if STARTED not in st.session_state or went_back():
        follow_link(shown_url() or first, choices)
        st.session_state[STARTED] = True
        if waiting() is not None and page != _WITHOUT_RIBBON:
            st.switch_page("pages/models.py")
    elif loaded.is_key(state().model) and not loaded.is_there(state().model):
        wait_for(encode(state()))
    write_url()
    if page == _WITHOUT_RIBBON:
        link = waiting()
        for note in notes_said():
            if link is None or note != link.note:
                st.warning(plain(note))


def follow_link(query: Query, choices: Choices) -> None:
    """Show what a link asks for; a file that is not loaded is waited for, at the start view."""
    model = str((query.get("model") or ("",))[-1])
    if loaded.is_key(model) and not loaded.is_there(model):
        wait_for(query)
        return
    found, notes = decode(query, [*(demo.key for demo in CATALOG), *loaded.mine()], choices)
    found, more = checked(found, choices)
    show_view(found, [*notes, *more])
