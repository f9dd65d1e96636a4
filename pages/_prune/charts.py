"""The charts beside the network: metric over amount, layers, scores, groups."""

import streamlit as st

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
from explain.pruning import criterion
from pages._panels.data import has_data
from pages._panels.titles import titles
from pages._prune.sweeps import current_sweep
from pages._shell import caches, current
from pages._shell.boundary import boundary
from pages._shell.charts import show_chart
from pages._shell.choice import OTHER, PLAN
from pages._shell.jobs import let_the_browser_paint
from pages._shell.panel import panel
from pages._shell.state import state


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
    show_chart(amount_curve(current_sweep(), record, here=here), title, "curve")


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
        chart = group_flips(current_sweep(), amount)
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
    st.markdown(f"**{say('prune.takes.title')}**")
    st.markdown("  \n".join(lines))
    st.markdown(f":small[{say('prune.takes.note')}]")
