"""A chart on the page: the figure or the bars, their sentence, and their data to take away."""

import streamlit as st

from explain.core.messages import say
from explain.figures import Bars, Chart
from pages._shell.bars import bar_table
from pages._shell.export import to_csv
from pages._shell.marks import overlay
from pages._shell.plain import plain

_CONFIG = {"displayModeBar": False, "scrollZoom": False}


def show_chart(chart: Chart | Bars, title: str, key: str) -> None:
    """Show a chart under its title; the sentence below it says it in words.

    What follows the slider (marks and bars) is plain HTML, so that a move costs the browser next
    to nothing; the figure itself is the same at every amount and stays as it is.
    """
    with st.container(key=f"chart-{key}", gap="xxsmall"):
        head = st.container(horizontal=True, vertical_alignment="center", gap="small")
        head.markdown(f"**{plain(title)}**", width="stretch")
        head.download_button(
            say("shell.chart_csv"),
            to_csv(chart.data),
            file_name=f"sparsight-{key}.csv",
            mime="text/csv",
            key=f"data-{key}",
            help=say("shell.chart_data"),
            on_click="ignore",
            type="tertiary",
        )
        if isinstance(chart, Bars):
            st.html(bar_table(chart))
        else:
            _figure(chart, title, key)
        st.markdown(f":small[{plain(chart.sentence)}]")


def _figure(chart: Chart, title: str, key: str) -> None:
    with st.container(key=f"plot-{key}", gap=None):
        st.html(overlay(chart))
        st.plotly_chart(
            chart.figure, key=f"figure-{key}", config=_CONFIG, alt=title, width="stretch"
        )
