"""One case in words: what it is called, what is known of it, and what both networks decide."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.cases import Case
from explain.core.decisions import correct, decide, differ
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
        turn=_turn_of(subject.task, case),
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
        return first_letters(next(iter(samples.display.values()))[row])
    groups = case_groups(samples, row)
    others = {name: of for name, of in samples.display.items() if name not in samples.groups}
    values = [say("figures.cases.named", name=n, value=of[row]) for n, of in others.items()]
    if groups and values:
        return say("figures.cases.line", groups=groups, values=values)
    return say("figures.cases.values", values=groups or values)


def short_line(subject: Subject, row: int) -> str:
    """Return what is known of a sample in few words: of a row of a table, only its groups."""
    groups = case_groups(subject.samples, row) if subject.spec.kind == "table" else []
    return say("figures.cases.values", values=groups) if groups else case_line(subject, row)


def first_letters(text: str) -> str:
    """Return how a message begins."""
    text = " ".join(text.split())
    return text if len(text) <= LETTERS else say("figures.cases.begins", text=text[:LETTERS])


def case_groups(samples: Samples, row: int) -> list[str]:
    """Return the groups of a sample in words."""
    return [_grouped(name, labels[row]) for name, labels in samples.groups.items()]


def _grouped(name: str, label: str) -> str:
    """Return the label of a group, with the group's name where it says nothing by itself."""
    if any(letter.isalpha() for letter in label):
        return label
    return say("figures.cases.named", name=name, value=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What two networks decide for one sample, "no → yes ✕", and whether the second is right."""

    said: str
    right: bool | None


def turn(
    task: Task,
    outputs: tuple[NDArray[np.float64], NDArray[np.float64]],
    truth: NDArray[np.float64] | None,
) -> Turn:
    """Return what two networks decide for one sample.

    Args:
        task: what their outputs mean.
        outputs: those of the dense and the other network [k].
        truth: the target, None where nothing is known.
    """
    before, after = (decide(torch.from_numpy(each.reshape(1, -1)), task) for each in outputs)
    right = None if truth is None else bool(correct(after, truth[None], task)[0])
    same = not differ(before, after, task)[0]
    return Turn(said=_turn(task, (before[0], after[0]), same=same, right=right), right=right)


def _turn_of(task: Task, case: Case) -> str:
    both = np.array(case.before), np.array(case.after)
    return _turn(task, both, same=case.status == "same", right=case.right)


def _turn(task: Task, both: tuple[Any, Any], *, same: bool, right: bool | None) -> str:
    before, after = (decision_name(task, said) for said in both)
    sign = _SIGNS[right]
    if same:
        return say("figures.cases.stays", right=sign, decision=after)
    return say("figures.cases.turns", right=sign, before=before, after=after)


def _when(amount: float | None) -> str:
    return say("figures.cases.never") if amount is None else say("figures.cases.at", amount=amount)
