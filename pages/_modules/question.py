"""What the modules are asked: which networks, cut how, which samples, which number."""

from dataclasses import dataclass

import streamlit as st

from explain import Subject
from explain.core import Comparison
from explain.core.messages import say
from explain.decompose import REPLACEMENTS, VALUES
from explain.figures import case_name, output_name
from explain.study import askable, group_of, most_rows, samples_of
from pages._modules.caches import contributions_of, payoff_rows
from pages._modules.choices import OVER, REPLACEMENT, VALUE, cut_of
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.keys import Partitioning, Payoff
from pages._shell.panel import boundary
from pages._shell.state import Choice, State, keep, state


def modules_question() -> None:
    """Show one sentence with three menus in it."""
    with boundary("question"):
        subject = caches.subject(state().model)
        row = st.container(horizontal=True, gap="small", vertical_alignment="center")
        with row:
            _menu(say("modules.question.samples"), OVER, _samples(subject))
            _menu(say("modules.question.to"), VALUE, _values(subject))
            _menu(say("modules.question.hidden_unit"), REPLACEMENT, _replacements(subject))


def _menu(label: str, choice: Choice[str], titles: dict[str, str]) -> None:
    st.markdown(plain(label), width="content")
    st.selectbox(
        plain(label),
        list(titles),
        format_func=lambda key: titles.get(key, key),
        key=keep(choice.name, state()[choice]),
        on_change=lambda: choose(choice.to(st.session_state[choice.name])),
        label_visibility="collapsed",
        width=240,
    )


def _samples(subject: Subject) -> dict[str, str]:
    """Return which samples can be asked about, with their titles."""
    all_of = subject.samples.count
    used = min(all_of, most_rows(subject))
    everything = (
        say("modules.question.all")
        if used == all_of
        else say("modules.question.some", used=used, there=all_of)
    )
    fixed = {"sample": say("modules.question.sample"), "all": everything}
    return {over: fixed.get(over) or _part(subject, over) for over in askable(subject)}


def _part(subject: Subject, over: str) -> str:
    kind, _, rest = over.partition("~")
    if kind == "class":
        return say("modules.question.of_class", name=subject.task.classes[int(rest)])
    column, label = group_of(subject, rest)
    return f"{column}: {label}"


def _values(subject: Subject) -> dict[str, str]:
    kept = [value for value in VALUES if _fits(subject, value)]
    titles = {value: say("modules.question.value", value=value) for value in kept}
    if subject.task.kind == "regression":
        titles["logit"] = say("modules.question.output")
    return titles


def _fits(subject: Subject, value: str) -> bool:
    if value == "loss":
        return subject.samples.targets is not None
    return value != "probability" or subject.task.kind != "regression"


def _replacements(subject: Subject) -> dict[str, str]:
    known = REPLACEMENTS if subject.calibration is not None else ("zero",)
    return {one: say("modules.question.replacement", replacement=one) for one in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleQuestion:
    """Everything that a picture of modules depends on."""

    comparison: Comparison
    cut: Partitioning
    question: Payoff


def module_question(now: State | None = None) -> ModuleQuestion:
    """Return the question that the choices of this session are."""
    now = now or state()
    return ModuleQuestion(
        comparison=current.comparison(now), cut=cut_of(now), question=_question(now)
    )


def _question(now: State) -> Payoff:
    single = now[OVER] == "sample"
    sample = now.sample if single else 0
    return Payoff(over=now[OVER], sample=sample, value=now[VALUE], replacement=now[REPLACEMENT])


def output(found: ModuleQuestion) -> str:
    """Return in words what the modules add to."""
    subject, question = caches.subject(found.comparison.dense), found.question
    if question.value == "loss":
        return say("modules.asked.loss")
    kind = "output" if subject.task.kind == "regression" else question.value
    if not subject.task.by_class:
        return say("modules.asked.output", kind=kind, output=output_name(subject.task, 0))
    targets = set(contributions_of(found.comparison.before, found.cut, question).targets.tolist())
    if len(targets) > 1:
        return say("modules.asked.decided", kind=kind)
    return say("modules.asked.output", kind=kind, output=output_name(subject.task, targets.pop()))


def samples_in_words(found: ModuleQuestion) -> str:
    """Return which samples a question is about: "patient 3", "47 samples with sex: female"."""
    over, subject = found.question.over, caches.subject(found.comparison.dense)
    if over == "sample":
        return case_name(subject.samples, found.question.sample)
    used = len(payoff_rows(found.comparison.dense, found.question))
    there = len(samples_of(subject, over))
    kind, _, rest = over.partition("~")
    name = subject.task.classes[int(rest)] if kind == "class" else rest.replace("~", ": ", 1)
    said = (
        say("modules.asked.samples", over=kind, n=used, name=name)
        if used == there
        else say("modules.asked.some_samples", over=kind, n=used, there=there, name=name)
    )
    return say("modules.asked.few", samples=said) if used < _FEW else said


_FEW = 20
"""Samples below which an average is called little evidence."""
