"""Work that takes longer than a second: a bar that moves; any new action cancels it."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

__all__ = ["with_progress"]

Result = TypeVar("Result")


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
    bar = place.progress(0.0, text=title)
    try:
        return work(lambda done: _report(bar, done, title))
    finally:
        place.empty()


def _report(bar: st.delta_generator.DeltaGenerator, done: float, title: str) -> None:
    bar.progress(min(1.0, max(0.0, done)), text=f"{title}: {done:.0%}")
