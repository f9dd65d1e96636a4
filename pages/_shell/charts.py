"""A chart on the page: the figure, its sentence, and its data to take away."""

import streamlit as st

from explain.figures import Chart
from pages._shell.export import to_csv
from pages._shell.plain import plain

__all__ = ["show"]

_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show(chart: Chart, title: str, key: str) -> None:
    """Show a chart under its title; the sentence below it is also its alternative text."""
    with st.container(key=f"chart-{key}", gap="xxsmall"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="small")
        head.markdown(f"**{plain(title)}**", width="stretch")
        head.download_button(
            "CSV",
            to_csv(chart.data),
            file_name=f"sparsight-{key}.csv",
            mime="text/csv",
            key=f"data-{key}",
            help="Download this chart's data",
            on_click="ignore",
            type="tertiary",
        )
        st.plotly_chart(
            chart.figure, key=f"figure-{key}", config=_CONFIG, alt=chart.sentence, width="stretch"
        )
        st.markdown(f":small[{plain(chart.sentence)}]")
