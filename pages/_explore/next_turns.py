"""Whose decision changes next: a few small cards, and a click chooses the case."""

from collections.abc import Iterator

import numpy as np
import streamlit as st

import explain
from explain import Case, Pick, Subject, Sweep
from explain.core.messages import say
from explain.measure import ledger_of
from pages._panels.case_picker import case_tiles
from pages._shell import caches, current
from pages._shell.charts import plain
from pages._shell.current import has_data, shown_sweep
from pages._shell.kept import let_the_browser_paint
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, SAMPLE, State, state

MOST = 4
_CHANGED = Pick(show="changed")


@panel("next", follows=(PLAN, SAMPLE), last=True)
def next_turns() -> None:
    """Show the cases whose decision changes next, at larger amounts."""
    let_the_browser_paint()
    now = state()
    if not has_data() or now[OTHER] is not None:
        return
    found = list(_next(now, shown_sweep(now)))
    title = say("explore.next.title" if found else "figures.decisions.nobody_next")
    with st.container(key="next", gap="xxsmall"):
        st.markdown(f"**{plain(title)}**")
        case_tiles("next-tiles", title, found, short=True)


def _next(now: State, sweep: Sweep) -> Iterator[Case]:
    """Yield the cases that change next, as they will be decided then."""
    subject = caches.subject(now.model)
    amount = caches.masks(now.model, now.plan).pool_amount
    run = current.other_evaluation(now)
    ledger = ledger_of(sweep, subject, run)
    same = np.array(ledger.status) == "same"
    turns = np.unique(ledger.first_amount[same & (ledger.first_amount > amount)])
    many = 0
    for turn in turns.tolist():
        for one in _turning(subject, sweep, turn):
            yield one
            many += 1
            if many == MOST:
                return


def _turning(subject: Subject, sweep: Sweep, amount: float) -> Iterator[Case]:
    """Yield the cases whose decision changes for the first time at an amount of the sweep."""
    run = sweep.run(int(np.searchsorted(sweep.amounts, amount)))
    cases = explain.cases(sweep, subject, run, _CHANGED, amount=amount)
    return (one for one in cases if one.first_amount == amount)
