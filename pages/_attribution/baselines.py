"""What another baseline would do to the same network's reasons, for the sample in view."""

from dataclasses import replace

import streamlit as st

from explain.attribution import attributor, baseline, overlap
from explain.core.messages import say
from pages._attribution.asked import ReasonQuestion, fitting_baselines, reason_question
from pages._attribution.caches import explanation_of
from pages._panels.choices import TEXT
from pages._shell import caches
from pages._shell.choice import SAMPLE
from pages._shell.panel import panel
from pages._shell.plain import plain

_CHEAP = 100
"""Forward passes of a method up to which it is run from every baseline without being asked."""


@panel("reasons-baselines", follows=(SAMPLE, TEXT))
def reasons_baselines() -> None:
    """Say how alike the dense network's reasons are from every other baseline."""
    question = reason_question()
    method = question.how.quick()
    record = attributor(method.method)
    subject = caches.subject(question.comparison.dense)
    if record.baseline and record.passes(subject, method.settings) <= _CHEAP:
        st.markdown(f":small[{plain(_effect(question))}]")


def _effect(question: ReasonQuestion) -> str:
    method = question.how.quick()
    others = [
        one for one in fitting_baselines(question.comparison.dense) if one.key != method.baseline
    ]
    if not others:
        return say("attribution.no_other_baseline")
    told = [f"{one.title} {_overlap(question, one.key):.2f}" for one in others]
    own = baseline(method.baseline).title
    return say("attribution.other_baselines", own=own, overlaps=told)


def _overlap(question: ReasonQuestion, key: str) -> float:
    method = question.how.quick()
    other = replace(method, baseline=key)
    one, two = (
        explanation_of(question.comparison.before, how, question.sight) for how in (method, other)
    )
    return float(overlap(one.values, two.values)[0])
