"""Checks on demand: other baselines, sees the weights, does the order of the parts matter?"""

from dataclasses import replace

import streamlit as st

from explain.attribution import Deletion, Sanity, attributor, baseline, overlap
from explain.core import Compared
from explain.core.messages import number, say
from explain.figures import cascade_bars, lift_bars, wording
from pages._attribution.asked import ReasonQuestion, fitting_baselines, reason_question
from pages._attribution.caches import explanation_of, lift_of, sanity_of
from pages._attribution.choices import DELETION, HOW_SURE, SANITY
from pages._attribution.drift import drift_closely, noise_is_known, ready_band, setting
from pages._panels.choices import TEXT
from pages._shell import caches
from pages._shell.actions import folded
from pages._shell.charts import plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, state


@panel("reasons-checks", follows=(PLAN, SAMPLE, TEXT), folds=(HOW_SURE, SANITY, DELETION))
def reasons_checks() -> None:
    """Offer the checks; computed when they are opened, cancelled when they are closed."""
    question = reason_question()
    folds = (
        (HOW_SURE, say("attribution.checks.likeness"), _likeness),
        (SANITY, say("attribution.checks.sanity"), _sanity),
        (DELETION, say("attribution.checks.lift"), _lift),
    )
    for choice, title, shown in folds:
        with folded(choice, title):
            if state()[choice]:
                shown(question)


def _likeness(question: ReasonQuestion) -> None:
    method = question.how.quick()
    subject = caches.subject(question.comparison.dense)
    if attributor(method.method).baseline:
        st.markdown(plain(_effect(question)))
    pruned = caches.plainly(question.comparison.after).how is not None
    if pruned and noise_is_known(subject, question):
        ready_band(question)
        drift_closely(question)
    else:
        st.markdown(f":small[{say('attribution.checks.no_noise', pruned=pruned)}]")


def _sanity(question: ReasonQuestion) -> None:
    found: Sanity = with_progress(
        say("attribution.checks.sanity_progress"),
        lambda progress: sanity_of(question.comparison.dense, question.how, progress),
    )
    show_chart(cascade_bars(found), say("reasons.sanity_title", verdict=found.verdict), "sanity")
    lines = []
    if found.completeness is not None:
        lines.append(
            say(
                "attribution.checks.completeness",
                missed=found.completeness.value,
                n=found.completeness.n,
                tiny=found.tiny,
            )
        )
    if found.baselines:
        each = [f"{baseline(key).title} {wording.estimate(n)}" for key, n in found.baselines]
        lines.append(say("reasons.other_baselines", baselines=each))
    lines.append(say("attribution.checks.sanity_help"))
    how = setting(question.how)
    lines.append(say("attribution.checks.sanity_how", setting=how, n=len(found.rows)))
    st.markdown("  \n".join(f":small[{plain(line)}]" for line in lines))


def _lift(question: ReasonQuestion) -> None:
    parts = caches.subject(state().model).samples.inputs[0].shape[1:]
    dense = _lifted(question, question.comparison.before, "dense")
    pruned = _lifted(question, question.comparison.after, "pruned")
    show_chart(lift_bars(dense, pruned), say("attribution.checks.lift_title"), "lift")
    told = say(
        "attribution.checks.lift_how",
        setting=setting(question.how),
        n=len(dense.rows),
        parts=" x ".join(map(str, parts)),
    )
    st.markdown(f":small[{plain(say('attribution.checks.lift_help'))} {plain(told)}]")


def _lifted(question: ReasonQuestion, network: Compared, title: str) -> Deletion:
    return with_progress(
        say("attribution.checks.lift_progress", network=title),
        lambda progress: lift_of(network, question.how, progress),
    )


def _effect(question: ReasonQuestion) -> str:
    """Say how alike the dense network's reasons are from every other baseline."""
    method = question.how.quick()
    others = [
        one for one in fitting_baselines(question.comparison.dense) if one.key != method.baseline
    ]
    if not others:
        return say("attribution.no_other_baseline")
    told = [f"{baseline(one.key).title} {number(_overlap(question, one.key))}" for one in others]
    own = baseline(method.baseline).title
    return say("attribution.other_baselines", own=own, overlaps=told)


def _overlap(question: ReasonQuestion, key: str) -> float:
    method = question.how.quick()
    other = replace(method, baseline=key)
    one, two = (
        explanation_of(question.comparison.before, how, question.sight) for how in (method, other)
    )
    return float(overlap(one.values, two.values)[0])
