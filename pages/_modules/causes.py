"""The give-back test: which part of what pruning took caused the changed decisions."""

import streamlit as st

from explain.core.messages import say
from explain.figures import give_back_bars, give_back_headline
from explain.measure import evaluation_rows
from pages._modules.caches import give_back_of, shown_partition
from pages._modules.choices import CAUSES, PARTS
from pages._modules.question import ModuleQuestion, module_question
from pages._panels.headline import headline
from pages._shell import caches
from pages._shell.actions import choose, folded
from pages._shell.charts import plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.keys import Partitioning
from pages._shell.panel import panel
from pages._shell.state import PLAN, keep, state

_QUICK = 1e9
"""Multiply-adds up to which the test runs without being asked."""


@panel("modules-causes", follows=(PLAN, CAUSES, PARTS), last=True)
def modules_causes() -> None:
    """Show which part repairs what; where that takes long, in a fold."""
    found = module_question()
    if caches.plainly(found.comparison.after) == found.comparison.before:
        st.markdown(say("modules.causes.nothing_pruned"))
        return
    subject, asked = caches.subject(found.comparison.dense), state()[PARTS]
    cut = found.cut if asked == "modules" else None
    parts = shown_partition(found.cut).count if cut else len(subject.network.layers)
    macs = sum(layer.macs for layer in subject.network.layers)
    quick = macs * len(evaluation_rows(subject)) * (parts + 1) <= _QUICK
    if quick or give_back_of.ready(found.comparison, cut):
        _shown(found, cut)
        return
    with folded(CAUSES, say("modules.causes.title")):
        if state()[CAUSES]:
            _shown(found, cut)


def _shown(found: ModuleQuestion, cut: Partitioning | None) -> None:
    result = with_progress(
        say("modules.causes.progress", parts=state()[PARTS]),
        lambda progress: give_back_of(found.comparison, cut, progress),
        ready=give_back_of.ready(found.comparison, cut),
    )
    if len(result.changed):
        headline(give_back_headline(result))
    show_chart(give_back_bars(result), say("modules.causes.repaired"), "give-back")
    st.radio(
        say("modules.causes.parts"),
        ("modules", "layers"),
        format_func=lambda kind: plain(say("modules.causes.part_by_part", parts=kind)),
        key=keep("modules-causes-parts", state()[PARTS]),
        on_change=lambda: choose(PARTS.to(st.session_state["modules-causes-parts"])),
        horizontal=True,
        label_visibility="collapsed",
    )
