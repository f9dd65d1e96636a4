"""Hide whole modules, as if they had been removed: metric, classes and one answer follow."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain.core.messages import number, say, share
from explain.figures import Answer, answer, case_name, class_bars, output_name, wording
from explain.measure import decision_changes, evaluation_rows, headline_metric, meter
from pages._modules.caches import hidden_answer, hidden_run, shown_partition
from pages._modules.choices import CLASSES, HIDDEN
from pages._modules.question import ModuleQuestion, module_question
from pages._shell import caches, current
from pages._shell.actions import choose, folded
from pages._shell.charts import plain, show_chart
from pages._shell.panel import panel
from pages._shell.state import PLAN, SAMPLE, keep, state

_STANDS = {"resample": "mean"}
"""What stands for a module that is gone for good: resampling is no single network."""


@panel("modules-hide", follows=(PLAN, SAMPLE, HIDDEN, CLASSES))
def modules_hide() -> None:
    """Show the switches and, while something is hidden, what that does."""
    found = module_question()
    names = dict(enumerate(shown_partition(found.cut).names))
    st.pills(
        say("modules.hide.label"),
        list(names),
        format_func=lambda at: plain(names.get(at, at)),
        selection_mode="multi",
        key=keep("hidden", [at for at in state()[HIDDEN] if at in names]),
        on_change=_hide,
    )
    hidden = tuple(at for at in state()[HIDDEN] if at in names)
    if not hidden:
        return
    stand = _STANDS.get(found.question.replacement, found.question.replacement)
    _numbers(found, hidden, stand)
    _classes(found, hidden, stand)


def _hide() -> None:
    choose(HIDDEN.to(tuple(sorted(st.session_state["hidden"]))))


def _numbers(found: ModuleQuestion, hidden: tuple[int, ...], stand: str) -> None:
    now = state()
    subject = caches.subject(now.model)
    record = meter(headline_metric(subject))
    before, after = (
        current.other_evaluation(),
        hidden_run(found.comparison.after, found.cut, hidden, stand),
    )
    columns = st.columns(3)
    columns[0].metric(
        say("modules.hide.metric", metric=plain(wording.capital(record.title)), hidden=len(hidden)),
        wording.metric(after.metric, record),
        say(
            "modules.hide.change",
            change=wording.signed_metric(after.metric - before.metric, record),
            before=wording.metric(before.metric, record),
        ),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    changed = decision_changes(before, after, subject.task)
    columns[1].metric(
        say("modules.hide.decisions"),
        say("modules.hide.changed", changed=len(changed.changed), rows=int(changed.n)),
        say("modules.hide.broke", broke=len(changed.broke), fixed=len(changed.fixed))
        if before.correct is not None
        else say("modules.hide.no_labels"),
        delta_color="off",
        delta_arrow="off",
        border=True,
    )
    _answer(columns[2], found, hidden, stand)


def _answer(
    column: DeltaGenerator, found: ModuleQuestion, hidden: tuple[int, ...], stand: str
) -> None:
    """Show what one sample is decided, and how sure, with all modules and with some hidden."""
    sample, subject = state().sample, caches.subject(found.comparison.dense)
    name, task = wording.capital(case_name(subject.samples, sample)), subject.task
    outputs = [
        hidden_answer(found.comparison.after, found.cut, which, stand, sample)
        for which in ((), hidden)
    ]
    decided = int(outputs[0].argmax()) if len(outputs[0]) > 1 else 0
    first, then = (answer(values, task, decided) for values in outputs)
    column.metric(
        plain(say("modules.hide.decided", sample=name)),
        plain(then.decision),
        f"{plain(output_name(task, decided))}: {plain(_number(first))} → {plain(_number(then))}",
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=say("modules.hide.decided_help"),
    )


def _number(found: Answer) -> str:
    if found.probability is None:
        return number(found.output)
    return share(found.probability)


def _classes(found: ModuleQuestion, hidden: tuple[int, ...], stand: str) -> None:
    subject = caches.subject(found.comparison.dense)
    if subject.samples.targets is None or not subject.task.classes:
        return
    truth = subject.samples.targets.numpy()[evaluation_rows(subject)].astype("int64")
    bars = class_bars(
        subject.task,
        truth,
        current.other_evaluation(),
        hidden_run(found.comparison.after, found.cut, hidden, stand),
    )
    if bars is None:
        return
    with folded(CLASSES, say("modules.hide.classes")):
        show_chart(bars, say("modules.hide.classes_title"), "classes")
