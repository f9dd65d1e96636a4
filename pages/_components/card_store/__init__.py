"""What was typed on a card stays in the browser until the same file comes again; never the file.

The script asks once a file and page whether something is kept, and answers with `found`; from then
on it keeps what it is given. A browser that keeps nothing is no error.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

__all__ = ["mount_card_store"]

_STORE = st.components.v2.component(
    "sparsight_card_store",
    js=Path(__file__).with_name("card_store.js").read_text(encoding="utf-8"),
)


def mount_card_store(key: str, file: str, kept: str, on_found: Callable[[], None]) -> None:
    """Keep a text under the sha256 of a file; "" only asks.

    `on_found` reads `st.session_state[key].found`: {"file", "kept"}, once where something was kept
    before.
    """
    _STORE(key=key, data={"file": file, "kept": kept}, on_found_change=on_found)
