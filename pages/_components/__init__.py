"""Browser components from their plain files, without a build step.

A component is a folder here: what it takes and what it tells stands in its `__init__`, beside its
script, style and skeleton. Scripts write text nodes only. What a script tells, the callback reads
as `st.session_state[key].<event>`: a table whose `n` only grows, so that equal values arrive too.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from explain.core.messages import templates

__all__ = ["Component", "component", "text_of"]

_HERE = Path(__file__).parent


def text_of(path: str) -> str:
    """Return a file of the components: "say.js", "ribbon/store.js"."""
    return (_HERE / path).read_text(encoding="utf-8")


class Component:
    """A component of the browser; who calls it mounts it."""

    def __init__(self, name: str, *, section: str = "", **parts: str) -> None:
        """Make it known to the browser.

        Args:
            name: that no other component has.
            section: of the messages that its script says.
            parts: js, css and html, each as a text.
        """
        self._mount: Any = st.components.v2.component(f"sparsight_{name}", **parts)  # type: ignore[arg-type]
        self._section = section

    def __call__(
        self, key: str, data: Mapping[str, Any] | bytes | None = None, **told: Callable[[], None]
    ) -> None:
        """Mount it.

        Args:
            key: that no other part of the page has.
            data: what its script is given; the messages of its section come with that, those that
                stand in the data first.
            told: `on_picked` is called when the script tells "picked", and so on.
        """
        if self._section and isinstance(data, Mapping):
            said = {**templates(self._section), **data.get("messages", {})}
            data = {**data, "messages": said}
        self._mount(
            key=key, data=data, **{f"{event}_change": heard for event, heard in told.items()}
        )


def component(name: str, html: str = "", *, section: str = "", before: str = "") -> Component:
    """Return the component whose files lie in the folder `name`, called like it.

    Args:
        name: of the folder.
        html: the skeleton that the script fills; by default the folder holds it too.
        section: as in `Component`.
        before: another script that stands in one module with its own.
    """
    scripts = ("say.js", *([before] if before else []), f"{name}/{name}.js")
    return Component(
        name,
        section=section,
        js="\n".join(map(text_of, scripts)),
        css=text_of(f"{name}/{name}.css"),
        html=html or text_of(f"{name}/{name}.html"),
    )
