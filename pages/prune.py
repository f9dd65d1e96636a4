"""The first page: prune with a slider, watch connections die, see who is decided differently."""

import streamlit as st

from pages._panels.charts import charts
from pages._panels.compare import compare
from pages._panels.decisions import decisions
from pages._panels.graph import graph, store
from pages._panels.header import header
from pages._panels.layer_choice import layer_choice
from pages._panels.numbers import numbers
from pages._panels.overrides import overrides
from pages._panels.sidebar import sidebar
from pages._panels.tools import tools
from pages._panels.unit import unit
from pages._shell.panel import drawing

with drawing():
    sidebar()
    header()
    numbers()
    left, right = st.columns([2, 1], gap="medium")
    with left:
        tools_at, layer_at = st.columns([3, 2], vertical_alignment="center")
        with tools_at:
            tools()
        with layer_at:
            layer_choice()
        store()
        graph()
        unit()
        decisions()
    with right:
        charts()
        overrides()
    compare()
