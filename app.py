"""Sparsight: `streamlit run app.py`."""

import streamlit as st

from explain.core.messages import say
from pages._choices.catalog import CHOICES
from pages._shell.panel import boundary
from pages._shell.start import start_session
from pages._shell.style import page_title, style

style()
page = st.navigation(
    [
        st.Page("pages/prune.py", title=say("pages.prune"), default=True),
        st.Page("pages/features.py", title=say("pages.features")),
        st.Page("pages/attribution.py", title=say("pages.attribution")),
        st.Page("pages/modules.py", title=say("pages.modules")),
        st.Page("pages/load.py", title=say("pages.load")),
    ],
    position="top",
)
page_title(page.title)
with boundary("page"):
    start_session(page.url_path, CHOICES)
    page.run()
