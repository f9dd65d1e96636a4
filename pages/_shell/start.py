"""The start of a session: the state comes from the link, checked against what is here."""

from dataclasses import fields, replace

import streamlit as st

from explain import ExplainError
from explain.core.threads import use_one_thread
from models.catalog import CATALOG
from pages._shell import caches
from pages._shell.actions import write_url
from pages._shell.plain import plain
from pages._shell.state import START, State, change
from pages._shell.url import decode

__all__ = ["start_session"]

_STARTED = "started"


def start_session() -> None:
    """Take the state from the URL once per session; say what could not be taken over."""
    use_one_thread()
    if _STARTED not in st.session_state:
        st.session_state[_STARTED] = True
        query = {name: st.query_params.get_all(name) for name in st.query_params}
        found, notes = decode(query, [demo.key for demo in CATALOG])
        found, more = _checked(found)
        change(**{field.name: getattr(found, field.name) for field in fields(found)})
        st.session_state["notes"] = (*notes, *more)
    write_url()
    for note in st.session_state.pop("notes", ()):
        st.warning(plain(note))


def _checked(found: State) -> tuple[State, tuple[str, ...]]:
    """Let the model have its say: layers, samples and criteria that it does not have."""
    notes: list[str] = []
    subject = caches.subject(found.model)
    if found.sample >= subject.samples.count:
        notes.append(f"The link's sample {found.sample} does not exist; showing sample 0.")
        found = replace(found, sample=0)
    try:
        caches.masks(found.model, found.plan)
    except ExplainError as error:
        notes.append(f"The link's plan does not fit this model: {error}")
        found = replace(found, plan=START.plan)
    return found, tuple(notes)
