"""What the page Decisions looks at: the two networks' answers, test case by test case."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import explain
from explain import FlipLedger, Subject, Sweep
from explain.measure import GroupChange, Transition, group_changes, transitions, went
from explain.study import samples_of
from pages._decisions.choices import WAY
from pages._panels.case_choices import GROUP
from pages._shell import caches, current
from pages._shell.state import State


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The choices of a session, its model, and what happened to each decision."""

    now: State
    subject: Subject
    sweep: Sweep
    ledger: FlipLedger

    @property
    def known(self) -> bool:
        """Return whether there are targets, and so right and wrong."""
        return self.subject.samples.targets is not None

    @cached_property
    def changed(self) -> int:
        """Return how many decisions changed."""
        return sum(word != "same" for word in self.ledger.status)

    @property
    def everybody(self) -> float:
        """Return the share of all decisions that changed, 0..1."""
        return self.changed / len(self.ledger.status)

    @cached_property
    def ways(self) -> tuple[Transition, ...]:
        """Return how many test cases went which way."""
        return transitions(self.ledger, self.subject.task)

    @cached_property
    def groups(self) -> tuple[GroupChange, ...]:
        """Return the changed decisions of every group."""
        return group_changes(self.subject, self.ledger)

    @cached_property
    def listed(self) -> NDArray[np.int64]:
        """Return the places in the ledger that the table shows: wrong first, then as they change.

        Those that changed, or those of the chosen way, of the chosen group.
        """
        status = np.array(self.ledger.status)
        way = self.now[WAY]
        wanted = status != "same" if way is None else went(self.ledger, self.subject.task, way)
        if self.now[GROUP]:
            inside = samples_of(self.subject, f"group~{self.now[GROUP]}")
            wanted &= np.isin(self.ledger.rows, inside)
        rank = np.select([status == word for word in _ORDER], range(len(_ORDER)), len(_ORDER))
        order = np.lexsort((self.ledger.first_amount, rank))
        return order[wanted[order]]


_ORDER = ("broke", "fixed", "changed wrong", "changed")


def look_at(now: State, sweep: Sweep) -> Decided:
    """Return what these choices look at; it asks no session, so that files can be made of it."""
    subject = caches.subject(now.model)
    ledger = explain.ledger_of(sweep, subject, current.other_evaluation(now))
    return Decided(now=now, subject=subject, sweep=sweep, ledger=ledger)
