"""What one person looks at: one frozen value in the session, shared by all pages."""

from dataclasses import dataclass, field, replace

import streamlit as st

from explain import PruningPlan

__all__ = [
    "START",
    "State",
    "can_redo",
    "can_undo",
    "change",
    "change_plan",
    "redo",
    "state",
    "undo",
]

_KEY, _PAST, _FUTURE = "state", "past", "future"
_DEPTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The choices of a session: plain data, all of it in the URL."""

    model: str = "digits-mlp"
    plan: PruningPlan = field(default_factory=PruningPlan)
    sample: int = 0
    view: str = "graph"
    layer: str = ""
    """The layer that the network view is opened at; empty for the whole network."""
    unit: tuple[str, int] | None = None
    """The unit whose arithmetic is shown: its layer (or input) and its number."""


START = State()


def state() -> State:
    """Return the choices of this session."""
    found = st.session_state.get(_KEY, START)
    return found if isinstance(found, State) else START


def change(**choices: object) -> None:
    """Replace some choices; another model drops undo."""
    before = state()
    after = replace(before, **choices)  # type: ignore[arg-type]
    if after.model != before.model:
        after = replace(after, unit=None) if "unit" not in choices else after
        st.session_state[_PAST], st.session_state[_FUTURE] = [], []
    st.session_state[_KEY] = after


def change_plan(plan: PruningPlan) -> None:
    """Replace the plan and remember the one before for undo."""
    before = state().plan
    if plan == before:
        return
    st.session_state[_PAST] = [*_list(_PAST), before][-_DEPTH:]
    st.session_state[_FUTURE] = []
    change(plan=plan)


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
    change(plan=plans[-1])


def _list(key: str) -> list[PruningPlan]:
    return list(st.session_state.get(key, []))
