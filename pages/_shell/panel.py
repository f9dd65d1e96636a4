"""A panel: a part of a page with its own error boundary, painted anew by itself when it must."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import streamlit as st

from pages._shell.boundary import boundary
from pages._shell.choice import Choice
from pages._shell.entry import through_the_app

_DRAWN = "panels"
"""Key of the session's state: the panels of the page that is open, none until all are drawn."""
_DRAWING = "panels-so-far"

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class _Panel:
    key: str
    follows: tuple[Choice[Any], ...]
    last: bool


def panel(
    key: str, *, follows: Sequence[Choice[Any]] = (), last: bool = False
) -> Callable[[Callable[Arguments, None]], Callable[Arguments, None]]:
    """Make a function that draws into a panel of the page that calls it.

    `shell.broken` says under the key what cannot be shown when it breaks. `follows` are the choices
    that it is painted anew for: `PLAN` for the amount of the plan, since a plan that ranks
    otherwise paints the whole page. `last` paints it after the others, because it takes long.
    """

    def made(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
        @st.fragment(key=key)
        @wraps(draw)
        def painted(*args: Arguments.args, **named: Arguments.kwargs) -> None:
            with boundary(key):
                draw(*args, **named)

        @wraps(draw)
        def placed(*args: Arguments.args, **named: Arguments.kwargs) -> None:
            st.session_state[_DRAWING].append(_Panel(key, tuple(follows), last))
            painted(*args, **named)

        return placed

    return made


@contextmanager
def drawn_page() -> Iterator[None]:
    """Note the panels of a page while it is drawn, under app.py."""
    through_the_app()
    st.session_state[_DRAWN], st.session_state[_DRAWING] = [], []
    yield
    st.session_state[_DRAWN] = sorted(st.session_state[_DRAWING], key=lambda one: one.last)


def repaint(*changed: Choice[Any]) -> NoReturn:
    """Paint anew the panels of the page that follow these choices, in the page's order.

    Called where somebody has just changed something. A choice that no panel follows is the whole
    page's. A page that was left half drawn is drawn whole as well, since the panels that are
    missing cannot be painted by themselves.
    """
    drawn: list[_Panel] = st.session_state[_DRAWN]
    followed = {choice for one in drawn for choice in one.follows}
    if not followed.issuperset(changed):
        st.rerun()
    st.rerun([one.key for one in drawn if not set(changed).isdisjoint(one.follows)])
