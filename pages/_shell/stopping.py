"""Long work on one thing that can be stopped, and is not begun again by itself."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages._shell.plain import plain

__all__ = ["stoppable"]

Result = TypeVar("Result")
_STOPPED = "stopped"
"""Key of the session's state: ids of what was stopped."""


def stoppable(
    what: str, title: str, work: Callable[[Callable[[str, float], None]], Result]
) -> Result | None:
    """Run `work(tell)` under a bar with a button that stops it; None where it was stopped.

    `tell` takes words and the share done. Each call is a point at which Streamlit may end the run
    because the person did something else; what was pressed is remembered for `what`, so that the
    next run does not begin again until it is asked to.
    """
    if what in _stopped():
        row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        row.markdown(f"Stopped: {plain(title)}.")
        row.button("Go on", key=f"go-on-{what}", on_click=_go_on, args=(what,))
        return None
    place = st.empty()
    with place.container():
        bar = st.progress(0.0, text=f"{plain(title)} …")
        st.button("Cancel", key=f"stop-{what}", on_click=_stop, args=(what,))
    try:
        return work(lambda phase, share: _tell(bar, f"{title}: {phase}", share))
    finally:
        place.empty()


def _tell(bar: st.delta_generator.DeltaGenerator, text: str, share: float) -> None:
    bar.progress(min(1.0, max(0.0, share)), text=plain(text))


def _stopped() -> set[str]:
    return set(st.session_state.get(_STOPPED, ()))


def _stop(what: str) -> None:
    st.session_state[_STOPPED] = _stopped() | {what}


def _go_on(what: str) -> None:
    st.session_state[_STOPPED] = _stopped() - {what}
