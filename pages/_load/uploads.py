"""Files that people give, kept for the session, and long work on them that can be stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from explain.core import Progress
from explain.core.messages import say
from pages._shell.charts import plain
from pages._shell.kept import bar


@dataclass(frozen=True, slots=True)
class Given:
    """A file: an id of this upload, what it is called (never a path, never markup), its content."""

    id: str
    name: str
    content: bytes


def give(slot: str, found: Given) -> None:
    """Take a file as if it had been dropped."""
    st.session_state[slot] = found


def given(slot: str) -> Given | None:
    """Return the file that was given last."""
    found = st.session_state.get(slot)
    return found if isinstance(found, Given) else None


def let_go(slot: str) -> None:
    """Keep only id and name of a file whose content is no longer needed."""
    found = given(slot)
    if found is not None:
        st.session_state[slot] = replace(found, content=b"")


def clear(slot: str) -> None:
    """Forget the file."""
    st.session_state.pop(slot, None)


Result = TypeVar("Result")
_STOPPED = "stopped"
"""Key of the session's state: ids of what was stopped."""


def stoppable(what: str, title: str, work: Callable[[Progress], Result]) -> Result | None:
    """Run `work(progress)` under a bar with a button that stops it; None where it was stopped.

    Each report of progress is a point at which Streamlit may end the run because the person did
    something else; what was pressed is remembered for `what`, so that the next run does not begin
    again until it is asked to.
    """
    if what in _stopped():
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.markdown(say("load.stopped", title=plain(title)))
        row.button(say("load.go_on"), key=f"go-on-{what}", on_click=_go_on, args=(what,))
        return None
    with bar(title, lambda: _cancel(what)) as progress:
        return work(progress)


def _cancel(what: str) -> None:
    st.button(say("load.cancel"), key=f"stop-{what}", on_click=_stop, args=(what,))


def _stopped() -> set[str]:
    return set(st.session_state.get(_STOPPED, ()))


def _stop(what: str) -> None:
    st.session_state[_STOPPED] = _stopped() | {what}


def _go_on(what: str) -> None:
    st.session_state[_STOPPED] = _stopped() - {what}
