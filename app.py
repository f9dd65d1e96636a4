"""Sparsight: `streamlit run app.py`."""

from functools import partial

import streamlit as st

from explain.core.messages import say, spoken
from pages._choices.addresses import MOVED, go_to
from pages._choices.catalog import CHOICES
from pages._panels.choices import CLASS
from pages._shell.language import in_its_language
from pages._shell.panel import boundary
from pages._shell.start import start_session
from pages._shell.state import LANGUAGE, state
from pages._shell.style import class_mode, page_title, style

with in_its_language():
    style()
    page = st.navigation(
        [
            st.Page("pages/explore.py", title=say("pages.explore"), default=True),
            st.Page("pages/decisions.py", title=say("pages.decisions")),
            st.Page("pages/reasons.py", title=say("pages.reasons")),
            st.Page("pages/models.py", title=say("pages.models")),
            *(
                st.Page(partial(go_to, old), title=old, url_path=old, visibility="hidden")
                for old in MOVED
            ),
        ],
        position="top",
    )
    page_title(page.title)
    with boundary("page"):
        start_session(page.url_path, CHOICES)
        if state()[LANGUAGE] != spoken():
            st.rerun()
        if state()[CLASS]:
            class_mode()
        page.run()
