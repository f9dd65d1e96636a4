"""The network as a handful of modules: what each contributes, and what pruning does to that."""

import streamlit as st

from pages._panels.amount_slider import amount_slider
from pages._panels.data import with_data
from pages._panels.header import header
from pages._panels.modules import modules
from pages._panels.modules_causes import modules_causes
from pages._panels.modules_choice import modules_choice
from pages._panels.modules_conductance import modules_conductance
from pages._panels.modules_curve import modules_curve
from pages._panels.modules_hide import modules_hide
from pages._panels.modules_look import modules_look
from pages._panels.modules_pairs import modules_pairs
from pages._panels.modules_quality import modules_quality, modules_tree
from pages._panels.modules_question import modules_question
from pages._panels.modules_units import modules_units
from pages._panels.recalibration import recalibration
from pages._panels.sidebar import sidebar
from pages._panels.unit import unit
from pages._shell.panel import drawing

with drawing():
    sidebar()
    header()
    amount_slider()
    modules_choice()
    if with_data("what modules contribute"):
        modules_question()
        recalibration()
        modules()
        modules_look()
        unit("Pick a module, then a unit in it, to see how it computes its value for the sample.")
        st.divider()
        modules_hide()
        st.divider()
        modules_pairs()
        modules_curve()
        modules_conductance()
        st.divider()
        modules_causes()
        st.divider()
    modules_units()
    modules_quality()
    modules_tree()
