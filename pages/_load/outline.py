"""What happens on this page, while nothing is given yet."""

import streamlit as st

from explain.core.messages import say


def load_outline() -> None:
    """Show the steps from a file to the first pruned picture."""
    st.subheader(say("load.outline.title"), anchor=False)
    st.markdown(say("load.outline.steps"))
    st.markdown(f":small[{say('load.outline.export')}]")
