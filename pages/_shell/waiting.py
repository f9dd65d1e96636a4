"""A link to a file that is not loaded yet: kept until somebody loads it, then it is followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from explain.core.messages import say
from pages._shell import loaded
from pages._shell.choice import START, State
from pages._shell.state import become

PAGE = "page"
"""Key of the session's state: the address of the page that is open, "" for the first."""
_KEY, _NOTES = "waiting", "notes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a link asked for: its parameters, and the page that it led to."""

    query: Mapping[str, list[str]]
    page: str

    @property
    def file(self) -> str:
        """Return the sha256 of the file that the link needs."""
        return loaded.file_of(self.query["model"][-1])

    @property
    def note(self) -> str:
        """Return in words what the link needs."""
        return say("shell.link.needs_file", file=self.file)


def wait_for(query: Mapping[str, Sequence[str]]) -> None:
    """Show the start view, say which file is missing, and keep the link until it is there."""
    kept = {name: [str(value) for value in values] for name, values in query.items()}
    found = Waiting(query=kept, page=str(st.session_state.get(PAGE, "")))
    st.session_state[_KEY] = found
    show_view(START, [found.note])


def show_view(found: State, notes: Sequence[str]) -> None:
    """Show a view; the notes are said by the next run of the app."""
    become(found)
    st.session_state[_NOTES] = tuple(notes)


def waiting() -> Waiting | None:
    """Return the link that waits for its file, if there is one."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Waiting) else None


def stop_waiting() -> None:
    """Wait for no file any more."""
    st.session_state.pop(_KEY, None)


def link_to(key: str) -> Waiting | None:
    """Return the link that waits for the file of this model, led to this model; else None.

    The same file with other data or another card is another model: the link is followed as far as
    that goes.
    """
    link = waiting()
    if link is None or link.file != loaded.file_of(key):
        return None
    return Waiting(query={**link.query, "model": [key]}, page=link.page)
