"""The table of test cases: who they are, both answers, the truth, and what happened."""

import numpy as np

from explain import Evaluation, Subject
from explain.core.messages import as_set, say
from explain.figures import (
    Cell,
    Look,
    Part,
    Row,
    Table,
    Text,
    Thumbnail,
    answer,
    case_groups,
    case_name,
    decision_name,
    verdict,
)
from pages._decisions.decided import Decided
from pages._decisions.ledger import truth
from pages._decisions.markup import boxed, text_cell, verdict_css
from pages._shell import caches, current
from pages._shell.state import OTHER

MOST = 200
"""Test cases that are listed at most."""


def cases_table(seen: Decided) -> str:
    """Return the listed test cases as a table of its own height."""
    runs = caches.dense(seen.now.model), caches.run_with_outputs(current.comparison(seen.now).after)
    titles, rows = _columns(seen), [int(at) for at in seen.listed[:MOST]]
    table = Table(
        columns=[_head(title) for title in titles],
        rows=tuple(_row(seen, runs, at) for at in rows),
        cell="",
        css="min-width:100%",
        mark=("decisions", "cases"),
    )
    return boxed(table, say("decisions.listed", filtered="yes", n=len(seen.listed)), "34rem")


def _head(title: str) -> Cell:
    """Return the head of a column; what a network says has its mark."""
    looks = {say("decisions.column", column=name): look for name, look in _LOOKS.items()}
    return Cell(parts=(Text(text=title, look=looks.get(title)),))


_LOOKS: dict[str, Look] = {"before": "dense", "after": "pruned"}


def _columns(seen: Decided) -> list[str]:
    """Return the heads of the columns."""
    names = ["case", "who"]
    found = [say("decisions.column", column=name) for name in names]
    if _has_probability(seen):
        found.append(_probability_title(seen))
    found += [say("decisions.column", column=name) for name in ("before", "after")]
    if seen.known:
        found += [say("decisions.column", column=name) for name in ("truth", "what")]
    if seen.now[OTHER] is None:
        found += [say("decisions.column", column=name) for name in ("first", "back")]
    return [*found, *_more(seen.subject)]


def _more(subject: Subject) -> list[str]:
    """Return the readable values that "who" does not say."""
    shown = [name for name in subject.samples.display if name not in subject.samples.groups]
    return [] if subject.spec.kind == "text" else shown


def _row(seen: Decided, runs: tuple[Evaluation, Evaluation], at: int) -> Row:
    ledger, task, row = seen.ledger, seen.subject.task, int(seen.ledger.rows[at])
    cells = [Cell(parts=(Text(text=_who(seen.subject, row)),))]
    if _has_probability(seen):
        cells.append(text_cell(_probability(seen, runs, at), "white-space:nowrap"))
    cells += [text_cell(decision_name(task, value[at])) for value in (ledger.before, ledger.after)]
    if seen.known:
        status = ledger.status[at]
        word = say("decisions.status", status=verdict(status, known=True))
        css = f"white-space:nowrap;{verdict_css(status)}"
        cells += [text_cell(truth(seen.subject, row)), text_cell(word, css)]
    if seen.now[OTHER] is None:
        back = say("decisions.back") if ledger.flips_back[at] else ""
        cells += [text_cell(_first(float(ledger.first_amount[at]))), text_cell(back)]
    display = seen.subject.samples.display
    cells += [text_cell(display[name][row]) for name in _more(seen.subject)]
    return Row(
        head=_case(seen, row),
        cells=tuple(cells),
        css="background:var(--panel)" if row == seen.now.sample else "",
    )


def _case(seen: Decided, row: int) -> Cell:
    """Return the button of a test case: its picture and its name."""
    name = Text(text=case_name(seen.subject.samples, row), css="font-weight:600;white-space:nowrap")
    parts: tuple[Part, ...] = (name,)
    if seen.subject.spec.kind == "image":
        parts = (Thumbnail(uri=caches.picture_of(seen.now.model, row)), name)
    chosen = row == seen.now.sample
    return Cell(parts=parts, aside=True, pick=f"case~{row}", chosen=chosen)


def _who(subject: Subject, row: int) -> str:
    """Return a test case in words: its text, or the groups that it is in."""
    samples = subject.samples
    if subject.spec.kind == "text" and samples.display:
        return next(iter(samples.display.values()))[row]
    return say("decisions.who", all=case_groups(samples, row))


def _first(amount: float) -> str:
    return say("decisions.between") if np.isnan(amount) else as_set(amount)


def _has_probability(seen: Decided) -> bool:
    return seen.subject.task.kind in {"classification", "binary"}


def _two(seen: Decided) -> bool:
    task = seen.subject.task
    return task.kind == "binary" or len(task.classes) == 2


def _probability_title(seen: Decided) -> str:
    task = seen.subject.task
    if _two(seen):
        return say("decisions.probability", of="class", name=decision_name(task, 1))
    return say("decisions.probability", of="answer", name="")


def _probability(seen: Decided, runs: tuple[Evaluation, Evaluation], at: int) -> str:
    """Return how likely both call the second of two classes, else the original's answer."""
    task = seen.subject.task
    target = int(seen.ledger.before[at])
    if _two(seen):
        target = 0 if task.kind == "binary" else 1
    before, after = (
        answer(run.outputs[at].astype(np.float64), task, target).probability or 0.0
        for run in runs
        if run.outputs is not None
    )
    return say("decisions.arrow", before=before, after=after)
