"""What people do: each action changes the state, writes the link and repaints."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import PruningPlan
from pages._shell.charts import plain
from pages._shell.panel import repaint
from pages._shell.state import (
    PLAN,
    START,
    Choice,
    Setting,
    change,
    change_plan,
    keep,
    kept_field,
    state,
)
from pages._shell.url import encode, waiting

_WRITTEN = "written"
_SETTLED = 1.0
"""Seconds after which the browser shows what we wrote."""


def write_url() -> None:
    """Write the state to the URL, and remember what was written and when."""
    wanted = _wanted()
    if shown_url() != wanted:
        st.query_params.from_dict(wanted)
        st.session_state[_WRITTEN] = time.monotonic()


def _wanted() -> Mapping[str, list[str]]:
    """Return the query of the state; a link that waits for its file stays until people go on."""
    link = waiting()
    return link.query if link is not None and state() == START else encode(state())


def shown_url() -> dict[str, list[str]]:
    """Return the query of the address that the browser shows."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def went_back() -> bool:
    """Return whether the address is not the state's, because somebody went back in the browser.

    A query that is empty belongs to a page that was just opened from the menu; one that differs
    right after we wrote another is what the browser sent before it heard of it.
    """
    query = shown_url()
    quiet = time.monotonic() - st.session_state.get(_WRITTEN, 0.0) > _SETTLED
    return bool(query) and quiet and query != _wanted()


def _repaint_after(before: PruningPlan) -> None:
    """Repaint what follows the plan: the whole page only if connections changed their ranks."""
    write_url()
    after = state().plan
    if _without_amount(before) == _without_amount(after):
        repaint(PLAN)
    else:
        st.rerun()


def _without_amount(plan: PruningPlan) -> PruningPlan:
    return plan.below(0.0) if plan.threshold is not None else plan.at(0.0)


def apply_moves(*moves: Callable[[], None]) -> None:
    """Change the plan, one move after the other, each a step for undo; paint the last one."""
    before = state().plan
    for move in moves:
        move()
    _repaint_after(before)


def set_plan(plan: PruningPlan) -> None:
    """Make this the plan."""
    apply_moves(lambda: change_plan(plan))


def set_amount(amount: float) -> None:
    """Prune this share, 0..1."""
    apply_moves(lambda: change_amount(amount))


def change_amount(amount: float) -> None:
    """Prune this share, 0..1; nothing is painted."""
    change_plan(state().plan.at(min(1.0, max(0.0, amount))))


def set_threshold(threshold: float) -> None:
    """Prune everything that scores below the threshold."""
    set_plan(state().plan.below(max(0.0, threshold)))


def reset_plan() -> None:
    """Give everything back, keep the criterion."""
    plan = state().plan
    set_plan(replace(plan, amount=0.0, threshold=None, overrides=(), protected=()))


def choose(*settings: Setting[Any]) -> None:
    """Make choices other than the plan: model, view, layer; what follows them is painted anew."""
    change(*settings)
    write_url()
    repaint(*(one.choice for one in settings))


def drop(choice: Choice[Any]) -> None:
    """Take a choice back that this network does not have, while the page is drawn."""
    change(choice.to(choice.default))
    write_url()


def is_on(
    choice: Choice[bool], label: str, *, about: str | None = None, row: DeltaGenerator | None = None
) -> bool:
    """Show a switch, in `row` or where the page is; return whether it is on."""
    widget = f"{choice.name}-on"
    (row or st).toggle(
        plain(label),
        help=plain(about) if about else None,
        **kept_field(widget, state()[choice], lambda on: choose(choice.to(bool(on)))),
    )
    return state()[choice]


def folded(choice: Choice[bool], label: str) -> DeltaGenerator:
    """Return a part that opens and closes; its content is drawn either way."""
    widget = f"{choice.name}-open"
    return st.expander(
        plain(label),
        expanded=state()[choice],
        **kept_field(widget, state()[choice], lambda on: choose(choice.to(bool(on)))),
    )


def tabbed(choice: Choice[str], titles: Mapping[str, str]) -> DeltaGenerator:
    """Show tabs (what the choice may be -> title); return the open one, all that is drawn."""
    widget = f"{choice.name}-tab"
    shown = st.tabs(
        [plain(title) for title in titles.values()],
        key=keep(widget, plain(titles[state()[choice]])),
        on_change=_turn,
        args=(choice, widget, titles),
    )
    return shown[list(titles).index(state()[choice])]


def _turn(choice: Choice[str], widget: str, titles: Mapping[str, str]) -> None:
    opened = next(key for key, title in titles.items() if plain(title) == st.session_state[widget])
    choose(choice.to(opened))
