"""What the network looks at before and after pruning, and whether that changed beyond noise."""

import streamlit as st

from pages._attribution.attribution import attribution
from pages._attribution.checks import reasons_baselines, reasons_checks
from pages._attribution.drift import drift_headline, drift_over_amounts
from pages._attribution.importance import reasons_importance
from pages._attribution.menus import attribution_choice
from pages._attribution.message import attribution_message
from pages._panels.header import header
from pages._panels.ribbon import ribbon, ribbon_store
from pages._panels.sidebar import sidebar
from pages._shell.current import with_data
from pages._shell.panel import drawn_page

with drawn_page():
    sidebar()
    ribbon()
    header()
    if with_data("attribution"):
        attribution_choice()
        attribution_message()
        attribution()
        reasons_baselines()
        st.divider()
        drift_headline()
        drift_over_amounts()
        reasons_importance()
        reasons_checks()
    ribbon_store()
