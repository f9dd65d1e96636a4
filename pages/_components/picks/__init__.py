"""Tables of the page whose cells are buttons: Python is told which one was pressed."""

from collections.abc import Callable

from pages._components import component

__all__ = ["listen_for_picks"]

_PICKS = component("picks", '<span data-ref="picks" hidden></span>')


def listen_for_picks(key: str, on_picked: Callable[[], None]) -> None:
    """Mount what hears every button of the page's tables; a page has one.

    The callback reads `st.session_state[key].picked`: {"pick", "n"}, the word of `Cell.pick`; `n`
    only grows.
    """
    _PICKS(key=key, data={}, on_picked_change=on_picked)
