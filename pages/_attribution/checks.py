"""Checks on demand: does the method see the weights, and does its order of the parts matter?"""

import streamlit as st

from explain.attribution import Deletion, Sanity, baseline
from explain.core import Compared
from explain.core.messages import say
from explain.figures import cascade_bars, lift_bars, wording
from pages._attribution.asked import Asked, asked
from pages._attribution.caches import checked, lifted
from pages._attribution.drift import setting
from pages._shell import caches
from pages._shell.charts import show
from pages._shell.choice import PLAN
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["reasons_checks"]


@panel("reasons-checks", follows=(PLAN,))
def reasons_checks() -> None:
    """Offer the checks; computed when switched on, cancelled when off."""
    row = st.container(horizontal=True, gap="medium")
    sane = row.toggle(
        "Sanity checks of the method",
        key="sanity-on",
        help="Layers of the dense network lose their weights one after the other: a method "
        "that keeps its picture does not look at what was learned. Switch off to cancel.",
    )
    lift = row.toggle(
        "Deletion and insertion",
        key="deletion-on",
        help="Takes the strongest parts away first, and shows them first, against random "
        "orders. Switch off to cancel.",
    )
    if sane:
        _sanity(asked())
    if lift:
        _lift(asked())


def _sanity(question: Asked) -> None:
    found: Sanity = with_progress(
        "Layers lose their weights",
        lambda progress: checked(question.comparison.dense, question.how, progress),
    )
    show(cascade_bars(found), say("reasons.sanity_title", verdict=found.verdict), "sanity")
    lines = []
    if found.completeness is not None:
        value = wording.share(found.completeness.value)
        lines.append(
            f"Completeness: the values miss the output's change by {value} of it on average; a "
            "sample whose output hardly changes weighs much."
        )
    if found.baselines:
        each = [f"{baseline(key).title} {wording.estimate(n)}" for key, n in found.baselines]
        lines.append(say("reasons.other_baselines", baselines=each))
    lines.append(f"{setting(question.how)}; n {len(found.rows)}; the dense network.")
    st.markdown("  \n".join(f":small[{plain(line)}]" for line in lines))


def _lift(question: Asked) -> None:
    parts = caches.subject(state().model).samples.inputs[0].shape[1:]
    dense = _lifted(question, question.comparison.before, "dense")
    pruned = _lifted(question, question.comparison.after, "pruned")
    show(lift_bars(dense, pruned), "Deletion and insertion, as lift over random orders", "lift")
    st.markdown(
        f":small[{plain(setting(question.how))}; n {len(dense.rows)}; a sample has "
        f"{plain(' x '.join(map(str, parts)))} parts. The curves of two networks say nothing by "
        "themselves, so only their lifts are shown.]"
    )


def _lifted(question: Asked, network: Compared, title: str) -> Deletion:
    return with_progress(
        f"Parts go and come, {title} network",
        lambda progress: lifted(network, question.how, progress),
    )
