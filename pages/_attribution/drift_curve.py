"""Drift over the amounts, with the band of the method's own noise."""

import streamlit as st

from explain import Drift
from explain.core import Comparison
from explain.core.messages import say
from explain.figures import drift_curve_chart
from explain.study import CURVE
from pages._attribution.asked import ReasonQuestion, reason_question
from pages._attribution.caches import (
    band,
    drift_curve_of,
    drift_of,
)
from pages._attribution.drift import ready_band, setting
from pages._shell import caches, current
from pages._shell.charts import show_chart
from pages._shell.choice import PLAN
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state


@panel("drift-curve", follows=(PLAN,))
def drift_over_amounts() -> None:
    """Offer the curve; computed when it is switched on, cancelled when it is off."""
    asked_for = st.toggle(
        say("attribution.curve.wanted", tried=len(CURVE)),
        key="drift-curve-on",
        help=say("attribution.curve.help"),
    )
    if asked_for:
        question = reason_question()
        ready_band(question)
        _chart(question, _curve(question))


def _curve(question: ReasonQuestion) -> tuple[Drift, ...]:
    now, how = state(), current.masked()
    return with_progress(
        say("attribution.curve.progress", tried=len(CURVE)),
        lambda progress: drift_curve_of(now.model, how, question.how, progress),
        ready=drift_curve_of.ready(now.model, how, question.how),
    )


def _chart(question: ReasonQuestion, drifts: tuple[Drift, ...]) -> None:
    now = state()
    amount = caches.masks(now.model, now.plan).pool_amount
    planned = Comparison(dense=now.model, how=current.masked(now))
    known = band.ready(now.model, question.how)
    here = drift_of(planned, question.how).overlap.value if known else float("nan")
    chart = drift_curve_chart(
        CURVE, drifts, band(question.comparison.dense, question.how), here=(amount, here)
    )
    show_chart(chart, say("attribution.curve.title"), "drift-curve")
    how = say("attribution.curve.how", setting=setting(question.how))
    st.markdown(f":small[{plain(how)}]")
