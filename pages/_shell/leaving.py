"""Sessions that people left: let go of for good, and their memory given back to the system.

Streamlit keeps a session for two minutes after its connection was lost, and drops it only when the
next connection is lost: of the last people who leave, files and models would stay for ever.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Event, Thread
from typing import Protocol

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explain.core import give_freed_memory_back

PATIENCE = 90.0
"""Seconds without a connection after which nobody comes back; Streamlit's own are 120."""
LOOK = 10.0
"""Seconds between two looks."""


class _State(Protocol):
    def clear(self) -> None: ...


@dataclass(slots=True)
class Visit:
    """What a session holds, and when it was last seen with a connection."""

    state: _State
    seen: float


_SESSIONS: dict[str, Visit] = {}
_FREED = Event()
"""Set when a model was let go of."""


def watch_session() -> None:
    """Follow this session until it is left."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or context.session_id in _SESSIONS or not exists():
        return
    session = get_instance().get_app_session(context.session_id)
    if session is not None:
        _SESSIONS[context.session_id] = Visit(session.session_state, time.monotonic())
        _watch()


def memory_was_freed() -> None:
    """Have the memory of a model given back soon, when the last run that used it is over."""
    _FREED.set()
    _watch()


@cache
def _watch() -> None:
    Thread(target=_follow, name="sessions that were left", daemon=True).start()


def _follow() -> None:
    while True:
        time.sleep(LOOK)
        if _FREED.is_set():
            _FREED.clear()
            gc.collect()  # frames and callbacks of Streamlit hold each other, and so a model
            give_freed_memory_back()
        if exists():
            runtime = get_instance()
            close = runtime.clear_user_info_for_session
            if end_left(time.monotonic(), runtime.is_active_session, close):
                give_freed_memory_back()


def end_left(
    now: float, is_connected: Callable[[str], bool], close: Callable[[str], object]
) -> bool:
    """Close every session that nobody came back to, empty its state; return whether any was.

    Args:
        now: seconds of a clock that only goes on.
        is_connected: tells a session's name whether somebody is there now.
        close: lets a session go; it cannot be come back to.
    """
    for name, session in tuple(_SESSIONS.items()):
        if is_connected(name):
            session.seen = now
    left = [name for name, session in tuple(_SESSIONS.items()) if now - session.seen > PATIENCE]
    for name in left:
        close(name)
        _SESSIONS.pop(name).state.clear()
    return bool(left)
