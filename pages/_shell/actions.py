"""What people do to the plan: each action changes the state, writes the URL and repaints."""

from dataclasses import replace

import streamlit as st

from explain import PruningPlan
from pages._shell.state import change, change_plan, redo, state, undo
from pages._shell.url import encode

__all__ = [
    "FRAGMENTS",
    "choose",
    "choose_sample",
    "repaint",
    "reset_plan",
    "set_amount",
    "set_plan",
    "set_threshold",
    "step_back",
    "step_forward",
    "write_url",
]

FRAGMENTS = ("numbers", "graph", "amount", "tools", "unit", "decisions", "charts", "compare")
"""The parts of the page that follow the amount, in the order in which they repaint: numbers first,
charts last, because the browser makes every Plotly chart anew and paints nothing meanwhile."""


def write_url() -> None:
    """Write the state to the URL."""
    wanted = encode(state())
    if {name: st.query_params.get_all(name) for name in st.query_params} != {
        name: value if isinstance(value, list) else [value] for name, value in wanted.items()
    }:
        st.query_params.from_dict(wanted)


def repaint(before: PruningPlan) -> None:
    """Repaint what follows the plan: the whole page only if connections changed their ranks."""
    write_url()
    after = state().plan
    if _without_amount(before) == _without_amount(after):
        st.rerun(list(FRAGMENTS))
    st.rerun()


def _without_amount(plan: PruningPlan) -> PruningPlan:
    return plan.below(0.0) if plan.threshold is not None else plan.at(0.0)


def set_plan(plan: PruningPlan) -> None:
    """Make this the plan."""
    before = state().plan
    change_plan(plan)
    repaint(before)


def set_amount(amount: float) -> None:
    """Prune this share, 0..1."""
    set_plan(state().plan.at(min(1.0, max(0.0, amount))))


def set_threshold(threshold: float) -> None:
    """Prune everything that scores below the threshold."""
    set_plan(state().plan.below(max(0.0, threshold)))


def reset_plan() -> None:
    """Give everything back, keep the criterion."""
    plan = state().plan
    set_plan(replace(plan, amount=0.0, threshold=None, overrides=(), protected=()))


def step_back() -> None:
    """Undo the last change of the plan."""
    before = state().plan
    undo()
    repaint(before)


def step_forward() -> None:
    """Redo what was undone."""
    before = state().plan
    redo()
    repaint(before)


def choose(**choices: object) -> None:
    """Change something else than the plan: model, view, layer."""
    change(**choices)
    write_url()


def choose_sample(sample: int) -> None:
    """Look at another sample; the numbers stay."""
    change(sample=sample)
    write_url()
    st.rerun(["sample", "graph", "unit"])
