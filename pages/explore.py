"""The first page: prune with a slider, watch connections die, see what breaks."""

import streamlit as st

from pages._explore.charts import charts, compare
from pages._explore.graph import graph, store
from pages._explore.tools import numbers, tools
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.unit import unit
from pages._shell.panel import drawn_page

with drawn_page():
    ribbon()
    numbers()
    left, right = st.columns([2, 1], gap="medium")
    with left:
        tools()
        store()
        graph()
        unit()
    with right:
        charts()
    compare()
    ribbon_store()
