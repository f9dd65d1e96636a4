"""Pictures of one map on which a place is picked, by pointer or by arrow keys."""

from collections.abc import Callable, Mapping
from typing import Any

from explain.core.messages import templates
from pages._components import component

__all__ = ["place_picker"]

_PICKER = component("place_picker", '<div data-ref="places" class="places"></div>')


def place_picker(key: str, shown: Mapping[str, Any], on_placed: Callable[[], None]) -> None:
    """Mount the pictures.

    `shown` holds: rows, columns, at ([row, column]), pictures: {caption, alt, over (data URI)}.
    The callback reads `st.session_state[key].placed`: {"row", "column", "n"}; `n` only grows.
    """
    data = {**shown, "messages": templates("browser.places")}
    _PICKER(key=key, data=data, on_placed_change=on_placed)
