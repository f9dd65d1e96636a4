"""The chip of the case that is looked at."""

import streamlit as st

from explain.core.messages import say
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.current import has_data
from pages._shell.panel import panel
from pages._shell.state import SAMPLE, kept_field, state


@panel("sample", follows=(SAMPLE,))
def case() -> None:
    """Show the chip with the case; it opens the choice of another. Nothing without samples."""
    if not has_data():
        return
    with st.popover(
        say("panels.case.chip", sample=state().sample), key="case-chip", width="stretch"
    ):
        _number()


def _number() -> None:
    last = caches.subject(state().model).samples.count - 1
    st.number_input(
        say("panels.case.sample", last=last),
        0,
        last,
        step=1,
        help=say("panels.case.sample_help"),
        **kept_field("sample", state().sample, lambda sample: choose(SAMPLE.to(int(sample)))),
    )
