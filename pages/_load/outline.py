"""What happens on this page, while nothing is given yet."""

import streamlit as st

__all__ = ["load_outline"]


def load_outline() -> None:
    """Show the steps from a file to the first pruned picture."""
    st.subheader("From a file to its first pruned picture", anchor=False)
    st.markdown(
        "1. **Model file.** It is taken apart as data in a process of its own. No code in it runs; "
        "nothing leaves this machine.\n"
        "2. **Card.** What goes in and what comes out: found in the file, guessed from the "
        "network, or filled in by you.\n"
        "3. **Data.** A table, pictures, texts or arrays with answers, if you have any.\n"
        "4. **First look.** Shapes, predictions and counts: a wrong scale or order of labels shows "
        "here. Then open it on every page."
    )
    st.markdown(
        ":small[From PyTorch, Hugging Face, timm, Keras and scikit-learn: "
        "docs/how-to/bring-your-own-model.md has the lines that export.]"
    )
