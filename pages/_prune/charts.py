"""The charts beside the network: metric over amount, layers, scores, groups."""

import streamlit as st

from explain.figures import amount_curve, group_flips, layer_bars, score_histogram, wording
from explain.measure import headline_metric, meter
from explain.pruning import criterion
from pages._panels.data import has_data
from pages._panels.titles import titles
from pages._prune.sweeps import current_sweep
from pages._shell import caches, current
from pages._shell.boundary import boundary
from pages._shell.charts import show_chart
from pages._shell.choice import PLAN
from pages._shell.jobs import let_the_browser_paint
from pages._shell.panel import panel
from pages._shell.plain import plain
from pages._shell.state import state

__all__ = ["charts"]


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
    title = f"{wording.capital(record.title)} by amount"
    show_chart(amount_curve(current_sweep(), record, here=here), title, "curve")


def _layers() -> None:
    now = state()
    chart = layer_bars(caches.masks(now.model, now.plan), titles(caches.subject(now.model)))
    show_chart(chart, "Kept in each layer", "layers")


def _scores() -> None:
    now = state()
    formula = criterion(now.plan.criterion).formula
    show_chart(score_histogram(caches.masks(now.model, now.plan), formula), "Scores", "scores")


def _groups() -> None:
    now = state()
    if caches.subject(now.model).samples.groups:
        amount = caches.masks(now.model, now.plan).pool_amount
        show_chart(group_flips(current_sweep(), amount), "Who is affected", "groups")


_TAKES = (
    ("Weights and biases not zero", "nonzero", "parameters"),
    ("Bytes, sparse rows", "sparse_bytes", "bytes"),
    ("Multiply-adds, zeros skipped", "sparse_macs", "macs"),
)


def _size() -> None:
    now = state()
    found = caches.size(current.comparison(now).after)
    st.markdown("**What it takes**")
    lines = (
        f"{title}: {wording.count(int(found[part]))} of {wording.count(int(found[whole]))}"
        for title, part, whole in _TAKES
    )
    st.markdown("  \n".join(plain(line) for line in lines))
    st.markdown(
        ":small[In theory: dense kernels do not skip zeros, so this is no promise of speed.]"
    )
