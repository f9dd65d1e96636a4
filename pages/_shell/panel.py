"""A panel: a part of a page with its own error boundary, painted anew by itself when it must."""

import logging
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, ParamSpec

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from explain import ExplainError
from explain.core.messages import say
from pages._shell.charts import plain
from pages._shell.language import in_its_language
from pages._shell.loaded import NotLoaded
from pages._shell.state import STARTED, Choice, state
from pages._shell.terms import forget_terms
from pages._shell.url import encode, wait_for

_LOG = logging.getLogger("sparsight")


@contextmanager
def boundary(what: str) -> Iterator[None]:
    """Show errors raised inside in place: our own with their hint, others without details.

    `what` is the form of the message `shell.broken` that says what cannot be shown.
    """
    try:
        yield
    except NotLoaded:
        wait_for(encode(state()))
        st.rerun()
    except ExplainError as error:
        st.error(f"{plain(error)}  \n{plain(error.hint)}")
    except Exception:  # noqa: BLE001 - the one place where everything is caught, and logged
        _LOG.exception("panel %r failed", what)
        st.error(say("shell.broken", what=what))


def through_the_app() -> None:
    """Run app.py, where Streamlit runs a page without it.

    Until `st.navigation` is called for the first time in a process, Streamlit takes a folder called
    `pages` for its old kind of pages: a link straight to a page then loses model and plan.
    """
    if STARTED not in st.session_state:
        PagesManager.uses_pages_directory = False
        st.rerun()


_DRAWN = "panels"
"""Key of the session's state: the panels of the page that is open, none until all are drawn."""
_DRAWING = "panels-so-far"

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class _Panel:
    key: str
    follows: frozenset[Choice[Any]]
    folds: frozenset[Choice[bool]]
    last: bool
    always: bool

    def must_follow(self, changed: AbstractSet[Choice[Any]]) -> bool:
        """Return whether what it shows now depends on one of these choices."""
        closed = bool(self.folds) and not any(state()[fold] for fold in self.folds)
        heard = self.folds if closed else self.follows | self.folds
        return self.always or not changed.isdisjoint(heard)


def panel(
    key: str,
    *,
    follows: Sequence[Choice[Any]] = (),
    folds: Sequence[Choice[bool]] = (),
    last: bool = False,
    always: bool = False,
) -> Callable[[Callable[Arguments, None]], Callable[Arguments, None]]:
    """Make a function that draws into a panel of the page that calls it.

    `shell.broken` says under the key what cannot be shown when it breaks. `follows` are the choices
    that it is painted anew for: `PLAN` for the amount of the plan, since a plan that ranks
    otherwise paints the whole page. `folds` are the folds that hold all that follows them: while
    every one is closed, the panel is left alone. `last` paints it after the others, because it
    takes long; `always` paints it for every choice that others are painted for.
    """

    def made(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
        @st.fragment(key=key)
        @wraps(draw)
        def painted(*args: Arguments.args, **named: Arguments.kwargs) -> None:
            with in_its_language(), boundary(key):
                draw(*args, **named)

        @wraps(draw)
        def placed(*args: Arguments.args, **named: Arguments.kwargs) -> None:
            one = _Panel(key, frozenset(follows), frozenset(folds), last, always)
            st.session_state[_DRAWING].append(one)
            painted(*args, **named)

        return placed

    return made


@contextmanager
def drawn_page() -> Iterator[None]:
    """Note the panels of a page while it is drawn, under app.py."""
    through_the_app()
    forget_terms()
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
    followed = {choice for one in drawn for choice in one.follows | one.folds}
    if not followed.issuperset(changed):
        st.rerun()
    st.rerun([one.key for one in drawn if one.must_follow(set(changed))])
