"""Sparsight: `streamlit run app.py`."""

import streamlit as st

st.set_page_config(
    page_title="Sparsight: prune a network and see what changed",
    page_icon="✂️",
    layout="wide",
    menu_items={"about": "Sparsight prunes a neural network and shows what that changed."},
)

from pages._choices.catalog import CHOICES  # noqa: E402 - the page is configured first
from pages._shell.boundary import boundary  # noqa: E402 - the same
from pages._shell.start import start_session  # noqa: E402 - the same

page = st.navigation(
    [
        st.Page("pages/prune.py", title="Prune", default=True),
        st.Page("pages/features.py", title="Feature maps"),
        st.Page("pages/attribution.py", title="Attribution"),
        st.Page("pages/modules.py", title="Modules"),
        st.Page("pages/load.py", title="Load a model"),
    ],
    position="top",
)
with boundary("page"):
    start_session(page.url_path, CHOICES)
    page.run()
