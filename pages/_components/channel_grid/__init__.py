"""A grid of channels to pick from: each a button with its two pictures, bars or lines of tokens."""

from collections.abc import Callable, Mapping
from typing import Any

from pages._components import component

__all__ = ["mount_channel_grid"]

_GRID = component("channel_grid", '<div data-ref="grid" role="group"></div>')


def mount_channel_grid(key: str, grid: Mapping[str, Any], on_picked: Callable[[], None]) -> None:
    """Mount the grid.

    `grid` holds: kind ("maps", "tokens", "units"), title, picked (channel), tiles: {channel, title,
    alt, sides}. A side has a caption, dead, note, and one of: under and over (data URIs), bar
    ({share -1..1, text}), tokens ([text, share]). The callback reads
    `st.session_state[key].picked`: {"channel", "n"}; `n` only grows. Scripts write text nodes only.
    """
    _GRID(key=key, data=dict(grid), on_picked_change=on_picked)
