"""Browser components from their plain files, without a build step."""

from pathlib import Path
from typing import Any

import streamlit as st

__all__ = ["component"]

_HERE = Path(__file__).parent


def component(name: str, html: str = "") -> Any:
    """Return the mount of the component whose style and script lie in the folder `name`.

    `html`: the skeleton that the script fills; by default the folder holds it too.
    """

    def text(ending: str) -> str:
        return (_HERE / name / f"{name}.{ending}").read_text(encoding="utf-8")

    js = f"{(_HERE / 'say.js').read_text(encoding='utf-8')}\n{text('js')}"
    return st.components.v2.component(
        f"sparsight_{name}", html=html or text("html"), css=text("css"), js=js
    )
