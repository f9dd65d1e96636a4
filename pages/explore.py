"""The first page: prune with a slider, watch connections die, see what breaks."""

import streamlit as st

from pages._explore.charts import details
from pages._explore.effects import effects_store, what_it_does
from pages._explore.graph import graph, store
from pages._explore.next_turns import next_turns
from pages._explore.tools import numbers, tools
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.unit import unit
from pages._shell.panel import drawn_page
from pages._shell.state import OTHER, state

with drawn_page():
    ribbon()
    # Beside another network nothing slides, so that no place is kept for what changes next.
    next_place = "next-place" if state()[OTHER] is None else "nothing-next"
    left, right = st.columns([9, 5], gap="medium")
    with left, st.container(gap="xxsmall"):
        graph()
        with st.container(key=next_place, gap=None):
            store()
            next_turns()
        unit()
    with right:
        what_it_does()
        numbers()
        tools()
    details()
    ribbon_store()
    effects_store()
