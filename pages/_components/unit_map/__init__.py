"""All hidden units as dots to choose from, layer by layer; the chosen ones make a module."""

from collections.abc import Callable, Mapping
from typing import Any

from explain.core.messages import templates
from pages._components import component

__all__ = ["mount_unit_map"]

_MAP = component("unit_map")


def mount_unit_map(key: str, units: Mapping[str, Any], on_made: Callable[[], None]) -> None:
    """Mount the map.

    `units` holds: title, picked (the module to bring out, or None), layers: {name, title, dots:
    {first, end, module, colour, alive, text}}, as `explain.figures.UnitMap` describes them. The
    choice of dots stays in the browser. The callback reads `st.session_state[key].made`: {"name",
    "units" (layer -> numbers), "n"}; `n` only grows. Scripts write text nodes only.
    """
    data = {**units, "messages": templates("browser.units")}
    _MAP(key=key, data=data, on_made_change=on_made)
