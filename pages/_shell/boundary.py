"""The error boundary: one broken panel says so in its place, the rest of the page lives on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explain import ExplainError
from explain.core.messages import say
from pages._shell.loaded import NotLoaded
from pages._shell.plain import plain
from pages._shell.state import state
from pages._shell.url import encode
from pages._shell.waiting import wait_for

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
