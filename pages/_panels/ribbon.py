"""The ribbon above every page: the amount under its curve, three numbers, undo, messages."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from math import isfinite
from typing import Any

import streamlit as st

from explain.core import Masked
from explain.core.messages import count, say
from explain.figures import RibbonCurve, ribbon_curve, ribbon_reading, wording
from explain.measure import headline_metric, meter
from explain.pruning import grain
from pages._components.ribbon import mount_ribbon, mount_ribbon_store
from pages._panels.case import case
from pages._panels.messages import messages
from pages._panels.model import model
from pages._panels.plan import plan
from pages._panels.printed import printed
from pages._panels.sweep import shown_sweep
from pages._shell import caches, current
from pages._shell.actions import set_amount, step_back, step_forward
from pages._shell.current import has_data
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, State, can_redo, can_undo, state

_KEY = "amount-ribbon"
_UNKNOWN = {"metric": "–", "change": "", "changed": "–", "outcomes": ""}


def ribbon() -> None:
    """Show the ribbon; it stays on the screen while the page scrolls."""
    printed()
    with st.container(key="ribbon", gap=None):
        with st.container(key="ribbon-chips", gap=None), boundary("models"):
            model()
            plan()
        _amount()
        with st.container(key="ribbon-case", gap=None):
            case()
        messages()


@panel("ribbon", follows=(PLAN,))
def _amount() -> None:
    now = state()
    masks = caches.masks(now.model, now.plan)
    mount_ribbon(
        _KEY,
        {
            "sig": _signature(now),
            "amount": masks.pool_amount,
            "live": isinstance(current.comparison(now).how, Masked) and not now.recalibrated,
            "can_undo": can_undo(),
            "can_redo": can_redo(),
            **_names(now),
            "reading": {"kept": _kept(now)[0], **_reading(now)},
        },
        on_released=_released,
        on_stepped=_stepped,
    )


def _signature(now: State) -> str:
    """Return what names the curve of a plan: everything but its amount."""
    plan = caches.masks(now.model, now.plan).plan.at(0.0)
    return sha256(f"{now.model} {plan.to_json()}".encode()).hexdigest()[:16]


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


@panel("ribbon-curve", follows=(PLAN,), last=True)
def ribbon_store() -> None:
    """Send the curve of the plan to the ribbon; what measures it comes last on a page."""
    now = state()
    if has_data() and now[OTHER] is None:
        mount_ribbon_store("ribbon-store", _signature(now), _curve(now))


def _curve(now: State) -> RibbonCurve:
    subject = caches.subject(now.model)
    sweep = shown_sweep(now)
    scores = caches.scores(now.model, now.plan)
    return ribbon_curve(sweep, scores, subject.task, meter(sweep.metric_key))


def _event(name: str) -> Mapping[str, Any]:
    event = st.session_state[_KEY].get(name)
    return event if isinstance(event, dict) else {}


def _released() -> None:
    amount = _event("released").get("amount")
    if isinstance(amount, int | float) and isfinite(amount):
        set_amount(float(amount))


def _stepped() -> None:
    by = _event("stepped").get("by")
    if by == -1 and can_undo():
        step_back()
    if by == 1 and can_redo():
        step_forward()
