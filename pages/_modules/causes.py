"""The give-back test: which part of what pruning took caused the changed decisions."""

import streamlit as st

from explain.core import Comparison, GiveBack, Masked
from explain.core.messages import say
from explain.figures import give_back_bars, give_back_headline
from explain.measure import decision_changes, evaluation_rows
from explain.study import asking
from pages._modules.caches import give_back_of, shown_partition
from pages._modules.choices import CAUSES, PARTS
from pages._modules.question import ModuleQuestion, module_question
from pages._panels.headline import headline
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain, show_chart
from pages._shell.kept import bar
from pages._shell.keys import Partitioning
from pages._shell.panel import panel
from pages._shell.state import PLAN, keep, state


@panel("modules-causes", follows=(PLAN, CAUSES, PARTS), last=True)
def modules_causes() -> None:
    """Show which part repairs what; where that takes long, how many changed, and an offer."""
    found = module_question()
    if _nothing_lost(found.comparison):
        st.markdown(say("modules.causes.nothing_pruned"))
        return
    cut = found.cut if state()[PARTS] == "modules" else None
    seconds = _seconds(found, cut)
    quick = seconds <= 1 or give_back_of.ready(found.comparison, cut)
    place = st.empty()
    if not quick:
        with place.container():
            changed = _say_changed(found)
            if state()[CAUSES]:
                _wait(found, cut)
            elif changed:
                _offer(seconds)
    if quick or state()[CAUSES]:
        with place.container():
            _show(give_back_of(found.comparison, cut))
    _parts()


def _nothing_lost(comparison: Comparison) -> bool:
    """Return whether the other network has every weight, since what was pruned was 0 before."""
    if caches.plainly(comparison.after) == comparison.before:
        return True
    how = comparison.how
    if not isinstance(how, Masked) or how.mended:
        return False
    before, after = (caches.size(one)["nonzero"] for one in comparison.both)
    return before == after


def _seconds(found: ModuleQuestion, cut: Partitioning | None) -> float:
    """Return about how long the test takes."""
    subject = caches.subject(found.comparison.dense)
    parts = len(subject.network.layers) if cut is None else shown_partition(cut).count
    macs = sum(layer.macs for layer in subject.network.layers)
    return macs * len(evaluation_rows(subject)) * (parts + 1) / asking.QUICK


def _say_changed(found: ModuleQuestion) -> int:
    """Say how many decisions changed, and return that."""
    dense = found.comparison.dense
    before, after = caches.dense(dense), current.other_evaluation()
    changes = decision_changes(before, after, caches.subject(dense).task)
    changed = len(changes.changed)
    headline(say("modules.causes.changed", n=changed, of=changes.n))
    return changed


def _offer(seconds: float) -> None:
    st.button(
        say("modules.causes.give_back", seconds=round(seconds)),
        key="give-back",
        on_click=choose,
        args=(CAUSES.to(value=True),),
    )


def _wait(found: ModuleQuestion, cut: Partitioning | None) -> None:
    """Run the test under a bar; it can be cancelled."""
    with bar(say("modules.causes.progress", parts=state()[PARTS]), _cancel) as progress:
        give_back_of(found.comparison, cut, progress)


def _cancel() -> None:
    st.button(
        say("modules.causes.cancel"),
        key="give-back-cancel",
        on_click=choose,
        args=(CAUSES.to(value=False),),
    )


def _show(result: GiveBack) -> None:
    changed = bool(len(result.changed))
    headline(give_back_headline(result) if changed else say("modules.causes.none_changed"))
    show_chart(give_back_bars(result), say("modules.causes.repaired"), "give-back")


def _parts() -> None:
    st.radio(
        say("modules.causes.parts"),
        ("modules", "layers"),
        format_func=lambda kind: plain(say("modules.causes.part_by_part", parts=kind)),
        key=keep("modules-causes-parts", state()[PARTS]),
        on_change=lambda: choose(PARTS.to(st.session_state["modules-causes-parts"])),
        horizontal=True,
        label_visibility="collapsed",
    )
