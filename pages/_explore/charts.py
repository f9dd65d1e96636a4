"""What is folded below the network: scores and where they are cut, and what the network takes."""

import streamlit as st

from explain.core.messages import say
from explain.figures import layer_bars, score_histogram
from explain.pruning import criterion
from pages._explore.choices import COMPARED, SCORES, SIZE
from pages._explore.compare import compare_criteria
from pages._panels.unit import titles
from pages._shell import caches, current
from pages._shell.actions import folded
from pages._shell.charts import show_chart
from pages._shell.current import has_data
from pages._shell.kept import let_the_browser_paint
from pages._shell.panel import boundary, panel
from pages._shell.state import OTHER, PLAN, state


@panel("details", follows=(PLAN,), folds=(COMPARED, SCORES, SIZE), last=True)
def details() -> None:
    """Show three folds; what is closed is not computed."""
    now = state()
    if any(now[fold] for fold in (COMPARED, SCORES, SIZE)):
        let_the_browser_paint()
    if has_data() and now[OTHER] is None:
        with boundary("compare"), folded(COMPARED, say("explore.compare.all")):
            if now[COMPARED]:
                compare_criteria()
    if now[OTHER] is None:
        with boundary("scores"), folded(SCORES, say("explore.charts.scores")):
            if now[SCORES]:
                _scores()
    with boundary("size"), folded(SIZE, say("explore.takes.title")):
        if now[SIZE]:
            _size()


def _scores() -> None:
    now = state()
    masks = caches.masks(now.model, now.plan)
    left, right = st.columns(2, gap="large")
    with left:
        chart = score_histogram(masks, criterion(now.plan.criterion).formula)
        show_chart(chart, say("explore.charts.distribution"), "scores")
    with right:
        names = titles(caches.subject(now.model))
        show_chart(layer_bars(masks, names), say("explore.charts.layers"), "layers")


def _size() -> None:
    found = caches.size(current.comparison(state()).after)
    lines = (
        say("explore.takes.nonzero", left=found["nonzero"], all=found["parameters"]),
        say("explore.takes.sparse_bytes", left=found["sparse_bytes"], all=found["bytes"]),
        say("explore.takes.sparse_macs", left=found["sparse_macs"], all=found["macs"]),
    )
    st.markdown("  \n".join(lines))
    st.markdown(f":small[{say('explore.takes.note')}]")
