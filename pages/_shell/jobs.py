"""Work that takes longer than a second: a bar that moves; any new action cancels it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import streamlit as st

from explain.core import Progress, silent
from explain.core.messages import say
from pages._shell.plain import plain

_PAINT = 0.06

Result = TypeVar("Result")


def let_the_browser_paint() -> None:
    """Wait a moment, so that what was sent is on the screen before heavy parts keep it busy.

    Streamlit paints what arrives within 10 ms together; a table and four Plotly charts then hold
    the three numbers back by several hundred milliseconds.
    """
    time.sleep(_PAINT)


@contextmanager
def bar(title: str, beside: Callable[[], object] | None = None) -> Iterator[Progress]:
    """Show a bar that moves while what is inside runs, and what `beside` draws under it."""
    place = st.empty()
    with place.container():
        shown = st.progress(0.0, text=_reached(title, 0.0))
        if beside is not None:
            beside()

    def tell(share: float, phase: str = "") -> None:
        share = min(1.0, max(0.0, share))
        shown.progress(share, text=_reached(title, share, phase))

    try:
        yield tell
    finally:
        place.empty()


def _reached(title: str, share: float, phase: str = "") -> str:
    if phase:
        return plain(say("shell.in_phase", title=title, phase=phase))
    return plain(say("shell.progress", title=title, share=share))


def with_progress(title: str, work: Callable[[Progress], Result], *, ready: bool = False) -> Result:
    """Run `work(progress)` under a progress bar, or without one where the result is ready.

    Each report of progress is a point at which Streamlit may stop the run because the person did
    something else; the work then ends there and its result is not kept.
    """
    if ready:
        return work(silent)
    with bar(title) as progress:
        return work(progress)
