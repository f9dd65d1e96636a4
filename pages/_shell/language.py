"""Whose words are said: those of the session, in every thread that runs for it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explain.core.messages import comparing, speaking
from pages._shell.reading import Words
from pages._shell.state import LANGUAGE, OTHER, STARTED, state


@contextmanager
def in_its_language() -> Iterator[None]:
    """Say everything inside in the language of this session, and of what it compares.

    Streamlit runs each part of a page in a thread that knows nothing of the last one. Before the
    link of a session is read, its language is what the link asks for.
    """
    language = state()[LANGUAGE] if STARTED in st.session_state else _of_the_link()
    with speaking(language), comparing("plan" if state()[OTHER] is None else "model"):
        yield


def _of_the_link() -> str:
    query = {LANGUAGE.name: st.query_params.get_all(LANGUAGE.name)}
    return LANGUAGE.read(Words(query, LANGUAGE.name, [])) or LANGUAGE.default
