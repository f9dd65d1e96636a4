"""The sweep of the session's plan, made under a progress bar by whichever panel asks first."""

from explain import Sweep
from explain.core.messages import say
from explain.study import GRID
from pages._shell import caches
from pages._shell.jobs import with_progress
from pages._shell.state import state


def current_sweep() -> Sweep:
    """Return the sweep of the plan; it is kept for everybody once it is made."""
    now = state()
    return with_progress(
        say("prune.trying", n=len(GRID)),
        lambda progress: caches.sweep(now.model, now.plan, progress),
        ready=caches.sweep.ready(now.model, now.plan),
    )
