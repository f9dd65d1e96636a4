"""What the units of a layer answer to a sample, before and after pruning."""

import streamlit as st

from pages._features.channel import maps_channel, maps_strip
from pages._features.claim import maps_claim
from pages._features.maps import maps
from pages._features.menus import maps_choice
from pages._features.top import maps_top
from pages._panels.header import header
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.sidebar import sidebar
from pages._shell.current import with_data
from pages._shell.panel import drawn_page

with drawn_page():
    sidebar()
    ribbon()
    header()
    if with_data("features"):
        maps_choice()
        maps()
        maps_channel()
        maps_strip()
        maps_top()
        st.divider()
        maps_claim()
    ribbon_store()
