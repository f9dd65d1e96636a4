"""Whose language is spoken: that of the session, in every thread that runs for it."""

from contextlib import AbstractContextManager

import streamlit as st

from explain.core.messages import speaking
from pages._shell.reading import Words
from pages._shell.state import LANGUAGE, STARTED, state


def in_its_language() -> AbstractContextManager[None]:
    """Say everything inside in the language of this session.

    Streamlit runs each part of a page in a thread that knows nothing of the last one. Before the
    link of a session is read, its language is what the link asks for.
    """
    return speaking(state()[LANGUAGE] if STARTED in st.session_state else _of_the_link())


def _of_the_link() -> str:
    query = {LANGUAGE.name: st.query_params.get_all(LANGUAGE.name)}
    return LANGUAGE.read(Words(query, LANGUAGE.name, [])) or LANGUAGE.default
