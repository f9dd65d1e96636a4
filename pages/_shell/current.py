"""The networks and numbers that the choices of this session stand for."""

from explain import Evaluation, Subject
from pages._shell import caches
from pages._shell.state import State, state

__all__ = ["pruned", "run", "subject"]


def subject(now: State | None = None) -> Subject:
    """Return the dense network."""
    return caches.subject((now or state()).model)


def pruned(now: State | None = None) -> Subject:
    """Return the pruned network, its BatchNorm statistics made anew if that is chosen."""
    now = now or state()
    return caches.pruned(now.model, now.plan, recalibrated=now.recalibrated)


def run(now: State | None = None) -> Evaluation:
    """Return the evaluation of the pruned network."""
    now = now or state()
    return caches.run(now.model, now.plan, recalibrated=now.recalibrated)
