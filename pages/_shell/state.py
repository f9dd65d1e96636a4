"""What one person looks at: one frozen value in the session, shared by all pages."""

from typing import Any

import streamlit as st

from explain import PruningPlan
from pages._shell.choice import PLAN, START, Setting, State

_KEY, _PAST, _FUTURE = "state", "past", "future"
_DEPTH = 200


def state() -> State:
    """Return the choices of this session."""
    found = st.session_state.get(_KEY, START)
    return found if isinstance(found, State) else START


def change(*settings: Setting[Any]) -> None:
    """Make some choices; what belongs to them goes back to its default."""
    become(state().but(*settings))


def become(after: State) -> None:
    """Look at something else; another model drops undo."""
    if after.model != state().model:
        st.session_state[_PAST], st.session_state[_FUTURE] = [], []
    st.session_state[_KEY] = after


def change_plan(plan: PruningPlan) -> None:
    """Replace the plan and remember the one before for undo."""
    before = state().plan
    if plan == before:
        return
    st.session_state[_PAST] = [*_list(_PAST), before][-_DEPTH:]
    st.session_state[_FUTURE] = []
    change(PLAN.to(plan))


def undo() -> None:
    """Go back to the plan before."""
    _step(_PAST, _FUTURE)


def redo() -> None:
    """Take back an undo."""
    _step(_FUTURE, _PAST)


def can_undo() -> bool:
    """Return whether there is a plan to go back to."""
    return bool(_list(_PAST))


def can_redo() -> bool:
    """Return whether there is an undo to take back."""
    return bool(_list(_FUTURE))


def _step(source: str, target: str) -> None:
    plans = _list(source)
    if not plans:
        return
    st.session_state[target] = [*_list(target), state().plan]
    st.session_state[source] = plans[:-1]
    change(PLAN.to(plans[-1]))


def _list(key: str) -> list[PruningPlan]:
    return list(st.session_state.get(key, []))
