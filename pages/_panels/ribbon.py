"""The ribbon above every page: the amount under its curve, three numbers, undo, messages."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from hashlib import sha256
from math import isfinite

import streamlit as st

from explain.core import Masked
from explain.core.messages import count, say
from explain.figures import ribbon_curve, ribbon_reading, ribbon_turn, wording
from explain.measure import headline_metric, meter
from explain.pruning import grain
from pages._components.ribbon import RIBBON, RIBBON_CURVE, RIBBON_TURN
from pages._panels.beside import other_network
from pages._panels.case import case
from pages._panels.choices import TEXT
from pages._panels.guide import guide
from pages._panels.language import language
from pages._panels.messages import messages
from pages._panels.model import model
from pages._panels.plan import plan
from pages._panels.printed import printed
from pages._shell import caches, current
from pages._shell.actions import apply_moves, change_amount
from pages._shell.current import has_data, shown_sweep
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, SAMPLE, State, can_redo, can_undo, redo, state, undo

_KEY = "amount-ribbon"
_TAKEN = "amount-ribbon-taken"
"""Key of the session's state: the number of the last event that was taken."""
_UNKNOWN = {"metric": "–", "change": "", "changed": "–", "outcomes": ""}


def ribbon() -> None:
    """Show the ribbon; it stays on the screen while the page scrolls."""
    printed()
    with st.container(key="ribbon", gap=None):
        with st.container(key="ribbon-chips", gap=None), boundary("models"):
            model()
            if state()[OTHER] is None:
                plan()
            else:
                other_network()
        _amount()
        with st.container(key="ribbon-case", gap=None):
            case()
        messages()
        with st.container(key="ribbon-end", horizontal=True, horizontal_alignment="right"):
            language()
            guide()


@panel("ribbon", follows=(PLAN,))
def _amount() -> None:
    now = state()
    comparison = current.comparison(now)
    masks = caches.left(comparison)
    RIBBON(
        _KEY,
        {
            "sig": _signature(now),
            "amount": masks.pool_amount,
            "gone": masks.total - masks.kept,
            "total": masks.total,
            "many": grain(masks.scores.granularity).many,
            "before": masks.before if masks.plan.of == "all" else None,
            "live": isinstance(comparison.how, Masked),
            "beside": "" if now[OTHER] is None else say("comparison.as_it_is"),
            "can_undo": can_undo() and now[OTHER] is None,
            "can_redo": can_redo() and now[OTHER] is None,
            "taken": _taken(),
            **_names(now),
            "reading": {"kept": _kept(now)[0], **_reading(now)},
        },
        on_done=_done,
    )


def _signature(now: State) -> str:
    """Return what names the curve of a plan: everything but its amount."""
    plan = caches.masks(now.model, now.plan).plan.at(0.0)
    return sha256(f"{now.model} {now.masked(plan).to_json()}".encode()).hexdigest()[:16]


def _names(now: State) -> dict[str, str]:
    named = {"kept_name": say("panels.ribbon.kept"), "kept_of": _kept(now)[1]}
    if not has_data():
        return {**named, "metric_name": "", "changed_name": say("panels.ribbon.changed_unknown")}
    title = meter(headline_metric(caches.subject(now.model))).title
    return {
        **named,
        "metric_name": wording.capital(title),
        "changed_name": say("panels.ribbon.changed", n=caches.dense(now.model).n),
    }


def _kept(now: State) -> tuple[str, str]:
    """Return how many entries of the other network are left, and of how many."""
    comparison = current.comparison(now)
    if isinstance(comparison.how, Masked):
        masks = caches.masks(now.model, now.plan)
        many = grain(masks.scores.granularity).many
        return count(masks.kept), say("panels.ribbon.kept_of", total=masks.total, many=many)
    found = caches.size(comparison.after)
    many = say("panels.ribbon.parameters")
    total = int(found["parameters"])
    return count(int(found["nonzero"])), say("panels.ribbon.kept_of", total=total, many=many)


def _reading(now: State) -> Mapping[str, str]:
    if not has_data():
        return _UNKNOWN
    subject = caches.subject(now.model)
    record = meter(headline_metric(subject))
    runs = caches.dense(now.model), current.other_evaluation(now)
    change = caches.metric_change(current.comparison(now))
    found = asdict(ribbon_reading(*runs, subject.task, record))
    return {**found, "change": wording.change_with_interval(change, record)}


def ribbon_store() -> None:
    """Send to the ribbon the plan's curve and where the case changes; that comes last on a page."""
    _curve()
    _turn()


def _curve() -> None:
    """Send the curve, once a plan: it is the same at every amount."""
    now = state()
    with boundary("ribbon-curve"):
        if has_data() and now[OTHER] is None:
            subject, sweep = caches.subject(now.model), shown_sweep(now)
            scores = caches.scores(now.model, now.plan)
            curve = ribbon_curve(sweep, scores, subject.task, meter(sweep.metric_key))
            bend = caches.bend_of(now.model, current.masked(now))
            told = {"sig": _signature(now), "bend": bend, **asdict(curve)}
            RIBBON_CURVE("ribbon-store", {"curve": told})


@panel("ribbon-turn", follows=(SAMPLE, TEXT), last=True)
def _turn() -> None:
    now = state()
    if has_data() and now[OTHER] is None:
        subject, sweep = caches.subject(now.model), shown_sweep(now)
        turn = None if now[TEXT] else ribbon_turn(sweep, subject, now.sample)
        told = None if turn is None else {"sig": _signature(now), **asdict(turn)}
        RIBBON_TURN("ribbon-turn", {"turn": told})


def _done() -> None:
    """Make what was done since in its order, as one change that is painted once."""
    event = st.session_state[_KEY].get("done")
    events = untaken(event.get("events") if isinstance(event, dict) else None, _taken())
    st.session_state[_TAKEN] = max([_taken(), *(n for n, _ in events)])
    apply_moves(*(move for _, move in events))


def _taken() -> int:
    return int(st.session_state.get(_TAKEN, 0))


def untaken(events: object, taken: int) -> list[tuple[int, Callable[[], None]]]:
    """Return the number and the change of every event that is higher than the last one taken.

    The browser sends again what it has not heard of; what is no event is left out.
    """
    found = {}
    for event in events if isinstance(events, list) else ():
        n, move = (event.get("n"), _move(event)) if isinstance(event, dict) else (None, None)
        if isinstance(n, int) and n > taken and move is not None:
            found[n] = move
    return sorted(found.items(), key=lambda one: one[0])


def _move(event: Mapping[str, object]) -> Callable[[], None] | None:
    by, amount = event.get("by"), event.get("amount")
    if isinstance(by, int):
        return {-1: undo, 1: redo}.get(by)
    if isinstance(amount, int | float) and isfinite(amount):
        return lambda: change_amount(float(amount))
    return None
