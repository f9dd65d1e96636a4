"""The look of the whole app: its colours and type sizes, and what Streamlit has no option for."""

import streamlit as st

from explain.figures import TOKENS_CSS


def style() -> None:
    """Put the tokens on the page, where tables and components find them."""
    st.html(TOKENS_CSS)
