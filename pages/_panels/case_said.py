"""One case of this session in words: what it is called, what is known of it, what both decide."""

from dataclasses import dataclass

from explain import Subject
from explain.core.messages import say
from explain.figures import Turn, case_groups, case_line, case_name, first_letters, turn
from pages._shell import caches, current
from pages._shell.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSaid:
    """What people read of a case: its name, a line about it, and "no → yes ✕"."""

    name: str
    line: str
    turn: Turn


def case_said(now: State, sample: int, text: str = "") -> CaseSaid:
    """Return a case in words, or a typed text in its place.

    Cost: one forward pass of each network over one sample.
    """
    subject = caches.subject(now.model)
    both = current.comparison(now).both
    dense, other = (current.outputs(network, sample, text) for network in both)
    targets = None if text else subject.samples.targets
    truth = None if targets is None else targets[sample].double().numpy()
    return CaseSaid(
        name=say("panels.case.typed") if text else case_name(subject.samples, sample),
        line=first_letters(text) if text else short_line(subject, sample),
        turn=turn(subject.task, (dense, other), truth),
    )


def short_line(subject: Subject, row: int) -> str:
    """Return what is known of a sample in few words: of a row of a table, only its groups."""
    groups = case_groups(subject.samples, row) if subject.spec.kind == "table" else []
    return say("figures.cases.values", values=groups) if groups else case_line(subject, row)
