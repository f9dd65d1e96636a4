"""The network as a handful of modules: what each contributes, and what pruning does to that."""

import streamlit as st

from explain.core.messages import say
from pages._modules.causes import modules_causes
from pages._modules.conductance import modules_conductance
from pages._modules.hide import modules_hide
from pages._modules.look import modules_look
from pages._modules.menus import modules_choice
from pages._modules.modules import modules, modules_curve
from pages._modules.pairs import modules_pairs
from pages._modules.quality import modules_quality, modules_tree
from pages._modules.question import modules_question
from pages._modules.units import modules_units
from pages._panels.header import header
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.sidebar import sidebar
from pages._panels.unit import unit
from pages._shell.current import with_data
from pages._shell.panel import drawn_page

with drawn_page():
    sidebar()
    ribbon()
    header()
    modules_choice()
    if with_data("modules"):
        modules_question()
        modules()
        modules_look()
        unit(say("panels.unit.pick_in_module"))
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
    ribbon_store()
