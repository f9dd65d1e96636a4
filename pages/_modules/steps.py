"""Changes of the modules by hand: tried before they are taken over."""

import streamlit as st

from explain import ExplainError
from pages._modules.caches import shown_partition
from pages._modules.choices import RESHAPED, cut_of
from pages._modules.reshaping import redone
from pages._shell import caches
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.state import state

_REFUSED = "modules-refused"


def reshape(step: str) -> None:
    """Take a step over; where these modules do not allow it, keep why and leave them alone."""
    now = state()
    try:
        redone(caches.subject(now.model), shown_partition(cut_of(now)), (step,))
    except ExplainError as error:
        st.session_state[_REFUSED] = f"{error} {error.hint}"
        return
    choose(RESHAPED.to((*now[RESHAPED], step)))


def modules_refused() -> None:
    """Say once why the last step was not taken over."""
    reason = st.session_state.pop(_REFUSED, "")
    if reason:
        st.error(plain(reason))
