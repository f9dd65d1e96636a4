"""Addresses of pages, also those that pages once had: old links go on to what took their place."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn

import streamlit as st

from pages._reasons.choices import TAB
from pages._shell.state import Setting, change

MOVED: Mapping[str, tuple[str, tuple[Setting[Any], ...]]] = MappingProxyType(
    {
        "prune": ("explore", ()),
        "attribution": ("reasons", (TAB.to("inputs"),)),
        "features": ("reasons", (TAB.to("inside"),)),
        "modules": ("reasons", (TAB.to("parts"),)),
        "load": ("models", ()),
    }
)
"""Old address -> the page that took its place, and what is chosen there."""


def go_to(address: str) -> NoReturn:
    """Open the page of an address; the first page has none."""
    page, settings = MOVED.get(address, (address or "explore", ()))
    change(*settings)
    st.switch_page(f"pages/{page}.py")
