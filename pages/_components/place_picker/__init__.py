"""Pictures of one map on which a place is picked, by pointer or by arrow keys."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

__all__ = ["place_picker"]

_HERE = Path(__file__).parent


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_PICKER = st.components.v2.component(
    "sparsight_place_picker",
    html='<div data-ref="places" class="places"></div>',
    css=_text("place_picker.css"),
    js=_text("place_picker.js"),
)


def place_picker(key: str, shown: Mapping[str, Any], on_placed: Callable[[], None]) -> None:
    """Mount the pictures.

    `shown` holds: rows, columns, at ([row, column]), pictures: {caption, alt, over (data URI)}.
    The callback reads `st.session_state[key].placed`: {"row", "column", "n"}; `n` only grows.
    """
    _PICKER(key=key, data=dict(shown), on_placed_change=on_placed)
