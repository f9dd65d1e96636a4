"""How much the reasons changed over many samples and amounts, beside the method's own noise."""

import pandas as pd
import streamlit as st

from explain import Drift, Subject
from explain.attribution import ROWS, attributor
from explain.core import Compared, Comparison
from explain.core.messages import Sayable, say
from explain.figures import (
    answer,
    case_name,
    drift_curve_chart,
    drift_line,
    drift_rests,
    ladder,
    method_setting,
    other_likenesses,
)
from explain.study import CURVE
from pages._attribution import markup as html
from pages._attribution.asked import ReasonQuestion, reason_question
from pages._attribution.caches import band, drift_curve_of, drift_of
from pages._attribution.choices import DRIFT, DRIFT_CURVE
from pages._shell import caches, current
from pages._shell.actions import choose, folded
from pages._shell.charts import plain, show_chart
from pages._shell.current import outputs
from pages._shell.frames import show_frame
from pages._shell.kept import let_the_browser_paint, with_progress
from pages._shell.keys import Explainer
from pages._shell.panel import panel
from pages._shell.state import OTHER, PLAN, SAMPLE, state

_QUICK = 1.6e10
"""Multiply-adds up to which the noise is measured without being asked."""
_JOBS = 13
"""Explanations of every sample that a noise band takes."""


@panel("drift", follows=(PLAN, DRIFT))
def drift_headline() -> None:
    """Show the ladder; where its noise takes long to measure, in a fold."""
    let_the_browser_paint()
    question = reason_question()
    if caches.plainly(question.comparison.after).how is None:
        st.markdown(f":small[{say('attribution.drift.nothing_pruned')}]")
        return
    subject = caches.subject(question.comparison.dense)
    st.subheader(say("attribution.drift.title"), anchor=False)
    if noise_is_known(subject, question):
        _shown(question, subject)
        return
    with folded(DRIFT, say("attribution.drift.measure", n=_count(subject))):
        if state()[DRIFT]:
            _shown(question, subject)


def noise_is_known(subject: Subject, question: ReasonQuestion) -> bool:
    """Return whether the noise of a method is there, or is within about a second."""
    ready = band.ready(question.comparison.dense, question.how)
    return ready or noise_is_quick(subject, question)


def _count(subject: Subject) -> int:
    return min(ROWS, subject.samples.count)


def noise_is_quick(subject: Subject, question: ReasonQuestion) -> bool:
    """Return whether the noise of a method is known within about a second."""
    quick = question.how.quick()
    passes = attributor(quick.method).passes(subject, quick.settings)
    return passes * ROWS * _JOBS * sum(layer.macs for layer in subject.network.layers) <= _QUICK


def ready_band(question: ReasonQuestion) -> None:
    """Make the noise band under a progress bar if it is not there yet."""
    with_progress(
        say("attribution.drift.noise", n=_count(caches.subject(question.comparison.dense))),
        lambda progress: band(question.comparison.dense, question.how, progress),
        ready=band.ready(question.comparison.dense, question.how),
    )


def current_drift(question: ReasonQuestion) -> Drift:
    """Return the drift of the pruned network, the band being there."""
    return drift_of(question.comparison, question.how)


def setting(method: Explainer) -> Sayable:
    """Return what everything over many samples rests on, as a list that a sentence can name."""
    quick = method.quick()
    return method_setting(quick.method, quick.settings, quick.baseline)


def _shown(question: ReasonQuestion, subject: Subject) -> None:
    ready_band(question)
    measured = current_drift(question)
    found = ladder(measured, subject.samples.count)
    about = [say("attribution.drift.kept_help"), say("attribution.drift.beside_noise_help")]
    st.markdown(plain(found.sentence), help=plain(" ".join(about)))
    if found.rungs:
        st.html(html.ladder_line(found))
    st.markdown(f":small[{plain(drift_rests(measured))}]")


def drift_closely(question: ReasonQuestion) -> None:
    """Show the numbers behind the ladder, other ways to compare, and what is left out."""
    found = current_drift(question)
    show_chart(drift_line(found), say("attribution.drift.line"), "drift-line")
    show_chart(other_likenesses(found), say("attribution.drift.others"), "drift-others")
    how = say("attribution.drift.how", rests=drift_rests(found))
    st.markdown(f":small[{plain(how)}]")
    _flipped(found, question, caches.subject(question.comparison.dense))


def _flipped(found: Drift, question: ReasonQuestion, subject: Subject) -> None:
    if not len(found.flipped):
        return
    rows = [int(row) for row in found.flipped]
    st.markdown(say("attribution.drift.flipped", n=len(rows)))
    key = f"flipped-{question.comparison.dense}-{hash(question.comparison)}"
    dense, pruned = (
        [_says(network, subject, row) for row in rows] for network in question.comparison.both
    )
    show_frame(
        pd.DataFrame(
            {
                say("attribution.drift.sample"): [case_name(subject.samples, row) for row in rows],
                say("attribution.drift.dense_says"): dense,
                say("attribution.drift.pruned_says"): pruned,
            }
        ),
        key=key,
        on_select=lambda: _pick(key, rows),
        selection_mode="single-row",
        height=min(220, 40 + 35 * len(rows)),
        alt=say("attribution.drift.flipped_alt"),
    )


def _says(network: Compared, subject: Subject, row: int) -> str:
    return answer(outputs(network, row, ""), subject.task, 0).decision


def _pick(key: str, rows: list[int]) -> None:
    chosen = st.session_state[key].selection.rows
    if chosen:
        choose(SAMPLE.to(rows[chosen[0]]))


@panel("drift-curve", follows=(PLAN,), folds=(DRIFT_CURVE,))
def drift_over_amounts() -> None:
    """Offer the curve; computed when it is opened, cancelled when it is closed."""
    if state()[OTHER] is not None:
        return
    with folded(DRIFT_CURVE, say("attribution.curve.wanted")):
        if state()[DRIFT_CURVE]:
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
