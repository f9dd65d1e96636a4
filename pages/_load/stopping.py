"""Long work on one thing that can be stopped, and is not begun again by itself."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from explain.core import Progress
from explain.core.messages import say
from pages._shell.jobs import bar
from pages._shell.plain import plain

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
