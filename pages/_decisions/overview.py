"""Which decisions changed: the answer in a sentence, answers against answers, rates, groups."""

import streamlit as st

import explain
from explain import Pick
from explain.core.messages import say
from explain.figures import (
    RateKind,
    case_name,
    decisions_sentence,
    group_sentence,
    metric_sentence,
    next_sentence,
    nothing_sentence,
)
from explain.measure import (
    FEW,
    ClassRate,
    class_rates,
    headline_metric,
    meter,
    stands_out,
)
from pages._components.picks import PICKS
from pages._decisions.choices import WAY
from pages._decisions.decided import Decided, look_at
from pages._decisions.markup import (
    MATRIX,
    TINY,
    Groups,
    Ways,
    groups_table,
    rates_table,
    ways_table,
    ways_title,
)
from pages._panels.case_choices import GROUP
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.current import shown_sweep
from pages._shell.kept import let_the_browser_paint
from pages._shell.panel import panel
from pages._shell.reading import is_whole_number
from pages._shell.state import OTHER, PLAN, SAMPLE, state

_PICKS = "decision-picks"


@panel("decisions", follows=(PLAN, WAY, GROUP))
def changed_decisions() -> None:
    """Show what the plan does to the decisions, and to whose."""
    let_the_browser_paint()
    now = state()
    seen = look_at(now, shown_sweep(now))
    with st.container(key="page-answer"):
        st.markdown(plain(answer_sentence(seen)))
    PICKS(_PICKS, {}, on_picked=_picked)
    if not seen.changed:
        return
    left, right = st.columns(2, gap="large")
    with left:
        _ways(seen)
        _rates(seen)
    with right:
        _groups(seen)


def answer_sentence(seen: Decided) -> str:
    """Return what changed, most often to what, beyond noise or not, and for whom."""
    if not seen.changed:
        return _nothing(seen)
    task = seen.subject.task
    said = [decisions_sentence(seen.ledger, seen.ways, task, known=seen.known)]
    if seen.known:
        change = caches.metric_change(current.comparison(seen.now))
        said += [metric_sentence(change, meter(headline_metric(seen.subject)))]
    if seen.groups:
        said += [group_sentence(stands_out(seen.groups, seen.everybody), seen.everybody)]
    return say("shell.sentences", all=said)


def _nothing(seen: Decided) -> str:
    """Return that nothing changed, and who changes next; another model has no amounts to come."""
    if seen.now[OTHER] is not None:
        return say("comparison.no_decision")
    amount = caches.masks(seen.now.model, seen.now.plan).pool_amount
    run, pick = current.other_evaluation(seen.now), Pick(show="next")
    waiting = explain.cases(seen.sweep, seen.subject, run, pick, amount=amount)
    first = waiting[0].first_amount if waiting else None
    samples = seen.subject.samples
    names = [case_name(samples, one.row) for one in waiting if one.first_amount == first]
    said = [nothing_sentence(seen.sweep.dense.n, pruned=amount > 0)]
    return say("shell.sentences", all=[*said, next_sentence(names, first or 0.0)])


def _ways(seen: Decided) -> None:
    ways = Ways(task=seen.subject.task, found=seen.ways, known=seen.known, chosen=seen.now[WAY])
    st.subheader(plain(ways_title(ways)), anchor=False)
    st.html(ways_table(ways))
    if ways.single and len(ways.most) < len(ways.gone):
        said = say("decisions.most_ways", shown=len(ways.most), ways=len(ways.gone))
        st.markdown(f":small[{said}]")


def _rates(seen: Decided) -> None:
    rates = rates_of(seen)
    if rates:
        st.subheader(say("decisions.rates"), anchor=False)
        st.html(rates_table(seen.subject.task, rates))


def rates_of(seen: Decided) -> list[tuple[ClassRate, RateKind]]:
    """Return the rates that are shown, and what each is.

    Of two classes how often the second is found and how often said falsely; else how often each
    class is found, of many those that changed most.
    """
    found = class_rates(seen.subject, seen.ledger)
    if seen.subject.task.kind != "multilabel" and len(found) == 2:
        alarms = class_rates(seen.subject, seen.ledger, "false_alarms")
        return [(found[1], "sensitivity"), (alarms[1], "false_alarms")]
    if len(found) > MATRIX:
        found = tuple(sorted(found, key=lambda one: -abs(one.change.value))[:MATRIX])
    return [(one, "class") for one in found]


def _groups(seen: Decided) -> None:
    if not seen.groups:
        return
    groups = Groups(found=seen.groups, everybody=seen.everybody, chosen=seen.now[GROUP])
    st.subheader(say("decisions.groups"), anchor=False)
    st.html(groups_table(groups))
    said = [
        say("decisions.group_caption", everybody=seen.everybody, few=FEW),
        say("decisions.full_width", widest=groups.widest),
    ]
    if groups.tiny:
        said.append(
            say(
                "decisions.tiny_groups",
                groups=len(groups.tiny),
                fewest=TINY,
                names=[group.label for group in groups.tiny],
                changed=sum(group.changed for group in groups.tiny),
                n=sum(group.n for group in groups.tiny),
            )
        )
    st.markdown(f":small[{plain(say('shell.sentences', all=said))}]")


def _picked() -> None:
    """Follow the button that was pressed; pressed again, a filter is taken back."""
    event = st.session_state[_PICKS].picked
    kind, _, word = str(event["pick"]).partition("~") if isinstance(event, dict) else ("", "", "")
    if kind == "way":
        first, _, second = word.partition("~")
        if is_whole_number(first) and is_whole_number(second):
            way = int(first), int(second)
            choose(WAY.to(None if state()[WAY] == way else way))
    elif kind == "group":
        choose(GROUP.to("" if state()[GROUP] == word else word))
    elif kind == "case" and is_whole_number(word):
        choose(SAMPLE.to(min(int(word), caches.subject(state().model).samples.count - 1)))
