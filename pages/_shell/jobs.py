"""Work that takes longer than a second: a bar that moves; any new action cancels it."""

import time
from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages._shell.plain import plain

__all__ = ["let_the_browser_paint", "with_progress"]

_PAINT = 0.06

Result = TypeVar("Result")


def let_the_browser_paint() -> None:
    """Wait a moment, so that what was sent is on the screen before heavy parts keep it busy.

    Streamlit paints what arrives within 10 ms together; a table and four Plotly charts then hold
    the three numbers back by several hundred milliseconds.
    """
    time.sleep(_PAINT)


def with_progress(
    title: str, work: Callable[[Callable[[float], None]], Result], *, ready: bool = False
) -> Result:
    """Run `work(progress)` under a progress bar, or without one where the result is ready.

    Each report of progress is a point at which Streamlit may stop the run because the person did
    something else; the work then ends there and its result is not kept.
    """
    if ready:
        return work(lambda _done: None)
    place = st.empty()
    bar = place.progress(0.0, text=f"{plain(title)}: 0%")
    try:
        return work(lambda done: _report(bar, done, title))
    finally:
        place.empty()


def _report(bar: st.delta_generator.DeltaGenerator, done: float, title: str) -> None:
    bar.progress(min(1.0, max(0.0, done)), text=f"{plain(title)}: {done:.0%}")
