"""The charts beside the network: metric over amount, layers, scores, groups, other criteria."""

from dataclasses import replace

import streamlit as st

from explain import Sweep
from explain.core import Criterion
from explain.core.messages import say
from explain.figures import (
    amount_curve,
    layer_bars,
    score_histogram,
    wording,
)
from explain.measure import headline_metric, meter
from explain.pruning import CRITERIA, control_of, criterion, grain, misfit, with_criterion
from pages._explore.choices import COMPARED
from pages._panels.sweep import shown_sweep
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.actions import is_on
from pages._shell.charts import plain, show_chart
from pages._shell.current import has_data
from pages._shell.kept import let_the_browser_paint, with_progress
from pages._shell.panel import boundary, panel
from pages._shell.state import PLAN, state


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
    with boundary("size"):
        _size()


def _curve() -> None:
    now = state()
    record = meter(headline_metric(caches.subject(now.model)))
    here = (caches.masks(now.model, now.plan).pool_amount, caches.run(current.planned()).metric)
    title = say("explore.charts.curve", metric=wording.capital(record.title))
    show_chart(amount_curve(shown_sweep(now), record, here=here), title, "curve")


def _layers() -> None:
    now = state()
    chart = layer_bars(caches.masks(now.model, now.plan), titles(caches.subject(now.model)))
    show_chart(chart, say("explore.charts.layers"), "layers")


def _scores() -> None:
    now = state()
    formula = criterion(now.plan.criterion).formula
    show_chart(
        score_histogram(caches.masks(now.model, now.plan), formula),
        say("explore.charts.scores"),
        "scores",
    )


def _size() -> None:
    now = state()
    found = caches.size(current.comparison(now).after)
    lines = (
        say("explore.takes.nonzero", left=found["nonzero"], all=found["parameters"]),
        say("explore.takes.sparse_bytes", left=found["sparse_bytes"], all=found["bytes"]),
        say("explore.takes.sparse_macs", left=found["sparse_macs"], all=found["macs"]),
    )
    st.subheader(say("explore.takes.title"), anchor=False)
    st.markdown("  \n".join(lines))
    st.markdown(f":small[{say('explore.takes.note')}]")


SEEDS = 5
"""Runs of the random control."""


@panel("compare", follows=(PLAN, COMPARED))
def compare() -> None:
    """Offer the comparison; compute it when it is switched on, cancel it when it is off."""
    if not has_data():
        return
    about = say("explore.compare.all_help", seeds=SEEDS)
    if is_on(COMPARED, say("explore.compare.all"), about=about):
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
    show_chart(chart, say("explore.compare.chart", criterion=chosen.title), "compare")
    if left_out:
        said = say("explore.compare.left_out", criteria=[plain(one) for one in left_out])
        st.markdown(f":small[{said}]")


def _sweep(record: Criterion, seed: int) -> Sweep:
    now = state()
    plan = replace(with_criterion(now.plan.at(0.0), record.key), seed=seed)
    return with_progress(
        say("explore.compare.seeded", criterion=record.title, seed=seed)
        if record.seeded
        else record.title,
        lambda progress: caches.sweep(now.model, plan, progress),
        ready=caches.sweep.ready(now.model, plan),
    )
