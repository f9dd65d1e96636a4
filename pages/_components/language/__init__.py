"""The language of the page, as browsers and screen readers are told."""

from pathlib import Path

import streamlit as st

__all__ = ["mount_language"]

_JS = Path(__file__).with_name("language.js").read_text(encoding="utf-8")
_LANGUAGE = st.components.v2.component("sparsight_language", html="<i hidden></i>", js=_JS)


def mount_language(language: str) -> None:
    """Say in which language the page is, by its key: "en"."""
    _LANGUAGE(key="page-language", data={"language": language})
