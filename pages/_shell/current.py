"""What the choices of this session stand for: the comparison that every page speaks of."""

from explain import Evaluation
from explain.core import Compared, Comparison, Masked
from pages._shell import caches
from pages._shell.choice import OTHER, State
from pages._shell.state import state


def comparison(now: State | None = None) -> Comparison:
    """Return what is compared: the model as it is, and the other network."""
    now = now or state()
    return Comparison(dense=now.model, how=now[OTHER] or masked(now))


def masked(now: State | None = None) -> Masked:
    """Return the plan of this session, as a way to make another network."""
    now = now or state()
    return Masked(plan=now.plan, recalibrated=now.recalibrated)


def planned(now: State | None = None) -> Compared:
    """Return the network that the plan makes, also where another one is compared."""
    now = now or state()
    return Compared(model=now.model, how=masked(now))


def other_evaluation(now: State | None = None) -> Evaluation:
    """Return the evaluation of the other network."""
    return caches.run(comparison(now).after)
