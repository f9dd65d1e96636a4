"""Cases to choose from: each a tile with its picture or words, and what both networks decide."""

from collections.abc import Callable, Mapping
from typing import Any

from explain.core.messages import templates
from pages._components import component

__all__ = ["mount_case_tiles"]

_TILES = component("case_tiles", '<div data-ref="tiles" role="radiogroup"></div>')


def mount_case_tiles(
    key: str,
    tiles: Mapping[str, Any],
    on_picked: Callable[[], None],
    on_pinned: Callable[[], None],
) -> None:
    """Mount the tiles.

    `tiles` holds: title, picked and pinned (rows, or None), cases: {row, name, line, picture (a
    data URI, or empty), turn, verdict, side ("right", "wrong" or ""), when}. The callbacks read
    `st.session_state[key]`: `.picked` and `.pinned` are {"row", "n"}; `n` only grows. Arrow keys
    walk through the tiles and P pins the one that is picked, anywhere in the popover around them.
    """
    data = {**tiles, "messages": templates("browser.cases")}
    _TILES(key=key, data=data, on_picked_change=on_picked, on_pinned_change=on_pinned)
