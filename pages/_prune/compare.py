"""Every criterion's curve on one picture, with chance as the control."""

from dataclasses import replace

import streamlit as st

from explain import Sweep
from explain.core import Criterion
from explain.core.messages import say
from explain.figures import amount_curve
from explain.measure import headline_metric, meter
from explain.pruning import CRITERIA, control_of, criterion, grain, misfit, with_criterion
from pages._panels.data import has_data
from pages._shell import caches, current
from pages._shell.charts import show_chart
from pages._shell.choice import PLAN
from pages._shell.jobs import with_progress
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state

SEEDS = 5
"""Runs of the random control."""


@panel("compare", follows=(PLAN,))
def compare() -> None:
    """Offer the comparison; compute it when it is switched on, cancel it when it is off."""
    if not has_data():
        return
    asked = st.toggle(
        say("prune.compare.all"),
        key="compare-on",
        help=say("prune.compare.all_help", seeds=SEEDS),
    )
    if asked:
        _comparison()


def _comparison() -> None:
    now = state()
    subject = caches.subject(now.model)
    chosen = criterion(now.plan.criterion)
    what = grain(now.plan.granularity)
    rivals = [r for r in CRITERIA if misfit(r, what) is None and r != chosen]
    control = control_of(what)
    left_out = [r.title for r in rivals if r.fits(subject)]
    others = {r.title: _sweep(r, 0) for r in rivals if not r.seeded and not r.fits(subject)}
    runs = [_sweep(control, seed) for seed in range(SEEDS)]
    masks, run = caches.masks(now.model, now.plan), caches.run(current.planned())
    chart = amount_curve(
        _sweep(chosen, now.plan.seed),
        meter(headline_metric(subject)),
        here=(masks.pool_amount, run.metric),
        others=others,
        control=runs,
    )
    show_chart(chart, say("prune.compare.chart", criterion=chosen.title), "compare")
    if left_out:
        said = say("prune.compare.left_out", criteria=[plain(one) for one in left_out])
        st.markdown(f":small[{said}]")


def _sweep(record: Criterion, seed: int) -> Sweep:
    now = state()
    plan = replace(with_criterion(now.plan.at(0.0), record.key), seed=seed)
    return with_progress(
        say("prune.compare.seeded", criterion=record.title, seed=seed)
        if record.seeded
        else record.title,
        lambda progress: caches.sweep(now.model, plan, progress),
        ready=caches.sweep.ready(now.model, plan),
    )
