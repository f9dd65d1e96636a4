"""One case in words: what it is called, what is known of it, and what both networks decide."""

from dataclasses import dataclass

import numpy as np

from explain.core.cases import Case
from explain.core.messages import say
from explain.core.subject import Samples, Subject, Task
from explain.figures.wording import decision_name

LETTERS = 60
"""Of a message, as many stand for it."""
_SIGNS = {True: "right", False: "wrong", None: "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWords:
    """A case as people read it.

    `name`: its own, else its number. `line`: its groups and readable values, or the first letters
    of its message; empty for a picture of which nothing more is known. `turn`: "no → yes ✕".
    `verdict`: "now wrong". `when`: the first amount at which its decision changes.
    """

    name: str
    line: str
    turn: str
    verdict: str
    when: str


def case_words(subject: Subject, case: Case) -> CaseWords:
    """Return a case in words."""
    return CaseWords(
        name=case_name(subject.samples, case.row),
        line=case_line(subject, case.row),
        turn=_turn(subject.task, case),
        verdict=say("figures.cases.verdict", status=case.status),
        when=_when(case.first_amount),
    )


def case_name(samples: Samples, row: int) -> str:
    """Return what a sample is called: its id, else its number."""
    return samples.ids[row] if samples.ids else say("figures.cases.number", row=row)


def case_line(subject: Subject, row: int) -> str:
    """Return the groups of a sample and its readable values, or how its message begins."""
    samples = subject.samples
    if subject.spec.kind == "text" and samples.display:
        return _first_letters(next(iter(samples.display.values()))[row])
    groups = [_grouped(name, labels[row]) for name, labels in samples.groups.items()]
    others = {name: of for name, of in samples.display.items() if name not in samples.groups}
    values = [say("figures.cases.named", name=n, value=of[row]) for n, of in others.items()]
    if groups and values:
        return say("figures.cases.line", groups=groups, values=values)
    return say("figures.cases.values", values=groups or values)


def _first_letters(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LETTERS else say("figures.cases.begins", text=text[:LETTERS])


def _grouped(name: str, label: str) -> str:
    """Return the label of a group, with the group's name where it says nothing by itself."""
    if any(letter.isalpha() for letter in label):
        return label
    return say("figures.cases.named", name=name, value=label)


def _turn(task: Task, case: Case) -> str:
    right = _SIGNS[case.right]
    before, after = (decision_name(task, np.array(said)) for said in (case.before, case.after))
    if case.status == "same":
        return say("figures.cases.stays", right=right, decision=after)
    return say("figures.cases.turns", right=right, before=before, after=after)


def _when(amount: float | None) -> str:
    return say("figures.cases.never") if amount is None else say("figures.cases.at", amount=amount)
