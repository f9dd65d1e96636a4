"""The network graph: a store of bytes and any number of views that draw what is stored.

The store gets the payload of `wire.pack` once, together with the whole JavaScript module, and
draws nothing. A view gets a few values per change and draws the graph whose signature it names;
its own module is one line that waits for the store's, so a release costs a few kB and not the
whole script. The picture follows the slider of the ribbon by itself.
"""

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import streamlit as st

from explain.core.messages import templates
from pages._components.ribbon import channel_js

__all__ = ["mount_store", "network_graph", "store_js", "view_css", "view_html", "view_js"]

_HERE = Path(__file__).parent
_SAY = _HERE.parent / "say.js"
_SCRIPTS = (
    "formats",
    "decode",
    "ranks",
    "store",
    "palette",
    "layout",
    "strokes",
    "keyframes",
    "graph_view",
    "paths",
    "units",
    "matrix_view",
    "table_view",
    "tooltip",
    "zoom",
    "pointer",
    "keyboard",
    "controls",
    "texts",
    "frame",
    "main",
)


def _script(name: str) -> str:
    return (_HERE / "js" / f"{name}.js").read_text(encoding="utf-8")


def _library() -> list[str]:
    return [_SAY.read_text(encoding="utf-8"), channel_js(), *map(_script, _SCRIPTS)]


@cache
def _shelf() -> str:
    digest = sha256("".join(_library()).encode()).hexdigest()[:16]
    return f'const LIBRARY = "sparsight-graph-{digest}";\n{_script("shelf")}'


@cache
def store_js() -> str:
    """Return the text of the whole JavaScript module: all scripts, in order, without a build."""
    return "\n".join([_shelf(), *_library()])


@cache
def view_js() -> str:
    """Return the text of a view's module: it waits for the store's and mounts the view with it."""
    return f"{_shelf()}\n{_script('view')}"


@cache
def view_css() -> str:
    """Return the style sheet of a view."""
    return (_HERE / "network_graph.css").read_text(encoding="utf-8")


@cache
def view_html() -> str:
    """Return the static skeleton of a view; scripts fill it with text nodes only."""
    return (_HERE / "network_graph.html").read_text(encoding="utf-8")


_STORE = st.components.v2.component("sparsight_graph_store", js=store_js())
_VIEW = st.components.v2.component(
    "sparsight_graph", html=view_html(), css=view_css(), js=view_js()
)


def mount_store(key: str, payload: bytes) -> None:
    """Send a packed network to the browser once; every view that names its signature draws it."""
    _STORE(key=key, data=payload)


def network_graph(
    key: str,
    view: Mapping[str, Any],
    on_picked: Callable[[], None],
    on_mode: Callable[[], None],
    on_layer: Callable[[], None],
) -> None:
    """Mount a view of a stored network.

    `view` holds: sig, amount in [0, 1], rank (or None: from the amount), mode
    ("graph", "matrix", "table"), selected (node id or None), values (per node in [-1, 1] or None),
    value_texts, kept_text, kept (its template), layers (name and title of those that can be
    opened), layer (the open one, "" for none). The callbacks read `st.session_state[key]`:
    `.picked` is {"unit", "n"}, `.mode` {"mode", "n"}, `.layer` {"layer", "n"}; `n` only grows.
    """
    _VIEW(
        key=key,
        data={**view, "messages": {**templates("browser.graph"), "kept": view["kept"]}},
        on_picked_change=on_picked,
        on_mode_change=on_mode,
        on_layer_change=on_layer,
    )
