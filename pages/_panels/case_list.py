"""The cases of this session's filters, and the way from one to the next."""

import explain
from explain import Case, Pick
from explain.core import Comparison, Masked
from pages._panels.case_choices import GROUP, LABEL, SEARCH, SHOW
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.kept import kept
from pages._shell.state import SAMPLE, State, state


@kept(size=64)
def _cases(comparison: Comparison, how: Masked, pick: Pick) -> tuple[Case, ...]:
    model = comparison.dense
    return explain.cases(
        caches.sweep(model, how),
        caches.subject(model),
        caches.run(comparison.after),
        pick,
        amount=caches.masks(model, how.plan).pool_amount,
    )


def listed_cases(now: State, show: str | None = None) -> tuple[Case, ...]:
    """Return the cases of the filters, or what they would be with another `show`."""
    pick = Pick(show=show or now[SHOW], label=now[LABEL], group=now[GROUP], search=now[SEARCH])
    return _cases(current.comparison(now), current.masked(now), pick)


def choose_beside(by: int) -> None:
    """Choose the next case of the list, or the one before; behind the last comes the first."""
    rows = [case.row for case in listed_cases(state())]
    if not rows:
        return
    at = rows.index(state().sample) if state().sample in rows else -(by > 0)
    choose(SAMPLE.to(rows[(at + by) % len(rows)]))
