"""The give-back test: which part of what pruning took caused the changed decisions."""

import streamlit as st

from explain.core.messages import say
from explain.figures import give_back_bars
from pages._modules.caches import give_back_of
from pages._modules.choices import CAUSES, PARTS
from pages._modules.question import ModuleQuestion, module_question
from pages._shell import caches
from pages._shell.actions import choose, is_on
from pages._shell.charts import plain, show_chart
from pages._shell.kept import with_progress
from pages._shell.panel import panel
from pages._shell.state import PLAN, keep, state


@panel("modules-causes", follows=(PLAN, CAUSES, PARTS))
def modules_causes() -> None:
    """Offer the test; it runs when it is switched on and is cancelled when it is off."""
    st.header(say("modules.causes.title"), anchor=False)
    found = module_question()
    if caches.plainly(found.comparison.after) == found.comparison.before:
        st.markdown(say("modules.causes.nothing_pruned"))
        return
    row = st.container(horizontal=True, vertical_alignment="center", gap="medium")
    about = say("modules.causes.help")
    asked_for = is_on(CAUSES, say("modules.causes.wanted"), about=about, row=row)
    row.radio(
        say("modules.causes.parts"),
        ("modules", "layers"),
        format_func=lambda kind: plain(say("modules.causes.part_by_part", parts=kind)),
        key=keep("modules-causes-parts", state()[PARTS]),
        on_change=lambda: choose(PARTS.to(st.session_state["modules-causes-parts"])),
        horizontal=True,
        label_visibility="collapsed",
    )
    if asked_for:
        _shown(found, state()[PARTS])


def _shown(found: ModuleQuestion, kind: str) -> None:
    cut = found.cut if kind == "modules" else None
    result = with_progress(
        say("modules.causes.progress", parts=kind),
        lambda progress: give_back_of(found.comparison, cut, progress),
        ready=give_back_of.ready(found.comparison, cut),
    )
    show_chart(give_back_bars(result), say("modules.causes.repaired"), "give-back")
