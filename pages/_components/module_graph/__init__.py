"""The network as a few modules to pick from: circles for what they add, lines for the signal."""

from collections.abc import Callable, Mapping
from typing import Any

from pages._components import component

__all__ = ["mount_module_graph"]

_GRAPH = component("module_graph", '<div data-ref="graph" class="graph"></div>')


def mount_module_graph(key: str, graph: Mapping[str, Any], on_picked: Callable[[], None]) -> None:
    """Mount the graph.

    `graph` holds: title, picked (number or None), hidden (numbers), rows (most modules in one
    column), nodes ({number, name, x, y, size, before, positive, colour, text}) and links ({source,
    target, width, text}), as `explain.figures.ModuleGraph` describes them. The callback reads
    `st.session_state[key].picked`: {"module", "n"}; `n` only grows. Scripts write text nodes only.
    """
    _GRAPH(key=key, data=dict(graph), on_picked_change=on_picked)
