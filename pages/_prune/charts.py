"""The charts beside the network: metric over amount, layers, scores, groups, other criteria."""

from dataclasses import replace

import streamlit as st

from explain import Sweep
from explain.core import Criterion
from explain.core.messages import say
from explain.figures import (
    amount_curve,
    flips_by_group,
    group_flips,
    layer_bars,
    score_histogram,
    wording,
)
from explain.measure import group_counts, headline_metric, meter
from explain.pruning import CRITERIA, control_of, criterion, grain, misfit, with_criterion
from explain.study import GRID
from pages._panels.unit import titles
from pages._prune.choices import COMPARED
from pages._shell import caches, current
from pages._shell.actions import is_on
from pages._shell.charts import plain, show_chart
from pages._shell.current import has_data
from pages._shell.kept import let_the_browser_paint, with_progress
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, State, state


def shown_sweep(now: State) -> Sweep:
    """Return the sweep of the plan under a bar; it is kept for everybody once it is made."""
    return with_progress(
        say("prune.trying", n=len(GRID)),
        lambda progress: caches.sweep(now.model, now.plan, progress),
        ready=caches.sweep.ready(now.model, now.plan),
    )


@panel("charts", follows=(PLAN,))
def charts() -> None:
    """Show curve, layers and scores of the plan."""
    let_the_browser_paint()
    with boundary("curve"):
        if has_data():
            _curve()
    with boundary("layers"):
        _layers()
    with boundary("scores"):
        _scores()
    with boundary("groups"):
        _groups()
    with boundary("size"):
        _size()


def _curve() -> None:
    now = state()
    record = meter(headline_metric(caches.subject(now.model)))
    here = (caches.masks(now.model, now.plan).pool_amount, caches.run(current.planned()).metric)
    title = say("prune.charts.curve", metric=wording.capital(record.title))
    show_chart(amount_curve(shown_sweep(now), record, here=here), title, "curve")


def _layers() -> None:
    now = state()
    chart = layer_bars(caches.masks(now.model, now.plan), titles(caches.subject(now.model)))
    show_chart(chart, say("prune.charts.layers"), "layers")


def _scores() -> None:
    now = state()
    formula = criterion(now.plan.criterion).formula
    show_chart(
        score_histogram(caches.masks(now.model, now.plan), formula),
        say("prune.charts.scores"),
        "scores",
    )


def _groups() -> None:
    now = state()
    subject = caches.subject(now.model)
    if not subject.samples.groups:
        return
    if now[OTHER] is None:
        amount = caches.masks(now.model, now.plan).pool_amount
        chart = group_flips(shown_sweep(now), amount)
    else:
        runs = caches.dense(now.model), current.other_evaluation(now)
        chart = flips_by_group(group_counts(subject, *runs))
    show_chart(chart, say("prune.charts.affected"), "groups")


def _size() -> None:
    now = state()
    found = caches.size(current.comparison(now).after)
    lines = (
        say("prune.takes.nonzero", left=found["nonzero"], all=found["parameters"]),
        say("prune.takes.sparse_bytes", left=found["sparse_bytes"], all=found["bytes"]),
        say("prune.takes.sparse_macs", left=found["sparse_macs"], all=found["macs"]),
    )
    st.subheader(say("prune.takes.title"), anchor=False)
    st.markdown("  \n".join(lines))
    st.markdown(f":small[{say('prune.takes.note')}]")


SEEDS = 5
"""Runs of the random control."""


@panel("compare", follows=(PLAN, COMPARED))
def compare() -> None:
    """Offer the comparison; compute it when it is switched on, cancel it when it is off."""
    if not has_data():
        return
    about = say("prune.compare.all_help", seeds=SEEDS)
    if is_on(COMPARED, say("prune.compare.all"), about=about):
        _comparison()


def _comparison() -> None:
    now = state()
    subject = caches.subject(now.model)
    chosen = criterion(now.plan.criterion)
    what = grain(now.plan.granularity)
    known = [criterion(r.key) for r in CRITERIA if r.key != chosen.key]
    rivals = [r for r in known if misfit(r, what) is None]
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
