"""The answer of a tab in one or two sentences, above its picture."""

from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def headline(first: str, *more: str, place: DeltaGenerator | None = None) -> None:
    """Show the answer, its first sentence loud."""
    rest = " ".join(escape(said) for said in more)
    (place or st).html(
        '<p data-reasons="headline" style="font-size:var(--head);line-height:1.4;margin:0;'
        f'padding:8px 12px;border-left:4px solid var(--action);background:var(--panel)">'
        f"<strong>{escape(first)}</strong> {rest}</p>"
    )
