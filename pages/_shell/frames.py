"""Tables that people sort and search on the screen, and that stand whole on paper."""

from typing import Any

import pandas as pd
import streamlit as st

from explain.core.messages import count, number, say
from explain.figures import NUMBER, Cell, Row, Table, Text, Thumbnail, to_html

ON_PAPER = 200
"""Rows of a table that are printed at most."""
_PICTURE = "data:image/"


def show_frame(frame: pd.DataFrame, *, key: str, alt: str, **look: Any) -> None:
    """Show a table without its index; `look` is what `st.dataframe` takes besides.

    The browser draws it on a canvas that holds the rows in sight alone, in the colours of the
    screen; what is printed is a table of its own.
    """
    decimals = list(frame.select_dtypes("floating").columns)
    shown = frame.style.format(number, subset=decimals) if decimals else frame
    st.dataframe(shown, hide_index=True, key=key, alt=alt, **look)
    with st.container(key=f"on-paper-{key}"):
        st.html(on_paper(frame))
        if len(frame) > ON_PAPER:
            st.markdown(f":small[{say('shell.more_rows', n=len(frame) - ON_PAPER)}]")


def on_paper(frame: pd.DataFrame) -> str:
    """Return the first rows of a table as HTML."""
    rows = frame.head(ON_PAPER).itertuples(index=False, name=None)
    table = Table(
        columns=[_cell(str(name)) for name in frame.columns],
        rows=tuple(Row(head=_cell(first), cells=tuple(map(_cell, rest))) for first, *rest in rows),
        cell="padding:2px 8px 2px 0;text-align:left",
    )
    return to_html(table)


def _cell(value: object) -> Cell:
    if isinstance(value, float):
        return Cell(parts=(Text(text=number(value)),), css=NUMBER)
    if isinstance(value, int):
        return Cell(parts=(Text(text=count(value)),), css=NUMBER)
    text = str(value)
    return Cell(parts=(Thumbnail(uri=text) if text.startswith(_PICTURE) else Text(text=text),))
