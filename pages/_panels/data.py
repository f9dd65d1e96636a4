"""Without samples a page shows what weights alone can tell, and one sentence about the rest."""

import streamlit as st

from explain.core import no_rows
from explain.core.messages import say
from pages._shell import caches
from pages._shell.boundary import boundary
from pages._shell.plain import plain
from pages._shell.state import state


def has_data() -> bool:
    """Return whether the network came with samples."""
    return no_rows(caches.subject(state().model).samples) is None


def say_no_data(what: str) -> None:
    """Say that there are no samples, and what to do for `what`, a form of `panels.no_data`."""
    reason = no_rows(caches.subject(state().model).samples)
    st.info(f"{plain(reason or '')}  \n{say('panels.no_data', what=what)}")


def with_data(what: str) -> bool:
    """Return whether there are samples; where there are none, say so in place of `what`."""
    with boundary("data"):
        if has_data():
            return True
        say_no_data(what)
    return False
