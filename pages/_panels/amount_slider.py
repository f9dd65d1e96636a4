"""The plan's amount as a slider, for the pages without the network graph."""

import streamlit as st

from explain.core.messages import say
from pages._shell import caches
from pages._shell.actions import set_amount
from pages._shell.panel import panel
from pages._shell.state import PLAN, keep, state


@panel("amount-slider", follows=(PLAN,))
def amount_slider() -> None:
    """Show the slider; everything on the page follows when it is released."""
    now = state()
    masks = caches.masks(now.model, now.plan)
    percent = round(100 * masks.pool_amount, 1)
    st.slider(
        say("panels.amount_pruned", kept=masks.kept, total=masks.total),
        0.0,
        100.0,
        step=0.5,
        format="%.1f %%",
        key=keep("amount-slider", percent),
        on_change=lambda: set_amount(st.session_state["amount-slider"] / 100),
    )
