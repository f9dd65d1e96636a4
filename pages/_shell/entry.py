"""Every visit goes through app.py, also the first one after the server started."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

STARTED = "started"
"""Key of the session's state that says that app.py has taken the link over."""


def through_the_app() -> None:
    """Run app.py, where Streamlit runs a page without it.

    Until `st.navigation` is called for the first time in a process, Streamlit takes a folder called
    `pages` for its old kind of pages: a link straight to a page then loses model and plan.
    """
    if STARTED not in st.session_state:
        PagesManager.uses_pages_directory = False
        st.rerun()
