"""The network graph: a store of bytes and any number of views that draw what is stored.

The store gets the payload of `wire.pack` once, together with the whole JavaScript module, and
draws nothing. A view gets a few values per change and draws the graph whose signature it names;
its own module is one line that waits for the store's, so a release costs a few kB and not the
whole script. The picture follows the slider of the ribbon by itself.

A view takes: sig, amount in [0, 1], rank (or None: from the amount), mode ("graph", "matrix",
"table"), selected (node id or None), values (per node in [-1, 1] or None), value_texts, kept_text,
messages (kept: its template), layers (name and title of those that can be opened), layer (the open
one, "" for none). It tells `picked`: {"unit", "n"}, `mode`: {"mode", "n"} and `layer`: {"layer",
"n"}.
"""

from functools import cache
from hashlib import sha256

from pages._components import Component, text_of

__all__ = ["GRAPH", "GRAPH_STORE", "store_js", "view_css", "view_html", "view_js"]

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
    return text_of(f"network_graph/js/{name}.js")


def _library() -> list[str]:
    return [text_of("say.js"), text_of("ribbon/channel.js"), *map(_script, _SCRIPTS)]


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
    return text_of("network_graph/network_graph.css")


@cache
def view_html() -> str:
    """Return the static skeleton of a view; scripts fill it with text nodes only."""
    return text_of("network_graph/network_graph.html")


GRAPH_STORE = Component("graph_store", js=store_js())
GRAPH = Component("graph", section="browser.graph", html=view_html(), css=view_css(), js=view_js())
