"""What the modules are asked: about which samples, which number, and what hides a unit."""

import streamlit as st

from explain import Subject
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

__all__ = ["modules_question"]

_VALUES = {
    "logit": "the logit of an answer",
    "probability": "its probability",
    "loss": "the loss (positive does harm)",
}
_REPLACEMENTS = {
    "zero": "zero, as if removed",
    "mean": "its mean",
    "resample": "what other samples say",
}


def modules_question() -> None:
    """Show the three menus."""
    with boundary("question"):
        subject = caches.subject(state().model)
        columns = st.columns([4, 3, 3])
        with columns[0]:
            _menu("Contributions for", OVER, _samples(subject))
        with columns[1]:
            _menu("to", VALUE, _values(subject))
        with columns[2]:
            _menu("A hidden unit says", REPLACEMENT, _replacements(subject))


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
    everything = "all samples" if used == all_of else f"{used} of {all_of:,} samples, all classes"
    fixed = {"sample": "the sample of the sidebar", "all": everything}
    return {over: fixed.get(over) or _part(subject, over) for over in askable(subject)}


def _part(subject: Subject, over: str) -> str:
    kind, _, rest = over.partition("~")
    if kind == "class":
        return f"samples of {subject.task.classes[int(rest)]}"
    column, label = group_of(subject, rest)
    return f"{column}: {label}"


def _values(subject: Subject) -> dict[str, str]:
    kept = [value for value in VALUES if _fits(subject, value)]
    titles = {value: _VALUES[value] for value in kept}
    if subject.task.kind == "regression":
        titles["logit"] = "the output"
    return titles


def _fits(subject: Subject, value: str) -> bool:
    if value == "loss":
        return subject.samples.targets is not None
    return value != "probability" or subject.task.kind != "regression"


def _replacements(subject: Subject) -> dict[str, str]:
    known = REPLACEMENTS if subject.calibration is not None else ("zero",)
    return {one: _REPLACEMENTS[one] for one in known}
