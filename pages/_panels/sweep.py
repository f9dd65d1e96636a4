"""The sweep of the plan, as every page that shows it waits for it."""

from explain import Sweep
from explain.core.messages import say
from explain.study import GRID
from pages._shell import caches, current
from pages._shell.kept import with_progress
from pages._shell.state import State


def shown_sweep(now: State) -> Sweep:
    """Return the sweep of the plan under a bar; it is kept for everybody once it is made."""
    return with_progress(
        say("panels.trying", n=len(GRID)),
        lambda progress: caches.sweep(now.model, current.masked(now), progress),
        ready=caches.sweep.ready(now.model, current.masked(now)),
    )
