"""What the modules are asked: about which samples, which number, and what hides a unit."""

import streamlit as st

from explain import Subject
from explain.core.messages import say
from explain.decompose import REPLACEMENTS, VALUES
from explain.study import askable, group_of, most_rows
from pages._modules.choices import OVER, REPLACEMENT, VALUE
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.boundary import boundary
from pages._shell.choice import Choice
from pages._shell.keep import keep
from pages._shell.plain import plain
from pages._shell.state import state


def modules_question() -> None:
    """Show the three menus."""
    with boundary("question"):
        subject = caches.subject(state().model)
        columns = st.columns([4, 3, 3])
        with columns[0]:
            _menu(say("modules.question.samples"), OVER, _samples(subject))
        with columns[1]:
            _menu(say("modules.question.to"), VALUE, _values(subject))
        with columns[2]:
            _menu(say("modules.question.hidden_unit"), REPLACEMENT, _replacements(subject))


def _menu(label: str, choice: Choice[str], titles: dict[str, str]) -> None:
    st.selectbox(
        plain(label),
        list(titles),
        format_func=lambda key: titles.get(key, key),
        key=keep(choice.name, state()[choice]),
        on_change=lambda: choose(choice.to(st.session_state[choice.name])),
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
