"""Widgets that show the state: they are brought to its value before they are drawn."""

import streamlit as st


def keep(key: str, value: object) -> str:
    """Bring a widget to the state's value before it is drawn, and return its key.

    Also where the value is the same: a widget that stands on two pages is another one on each, and
    the browser shows its default until it is told.
    """
    if value is not None or st.session_state.get(key) is not None:
        st.session_state[key] = value
    return key
