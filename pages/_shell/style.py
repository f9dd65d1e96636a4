"""The look of the whole app: brand, title, colours, and what Streamlit has no option for."""

from pathlib import Path

import streamlit as st

from explain.core.messages import say, spoken
from explain.figures import TOKENS_CSS
from pages._components.language import LANGUAGE_OF_PAGE
from pages._shell.charts import plain

_HERE = Path(__file__).parent


def style() -> None:
    """Set up the browser's tab, and put the brand and the tokens on the page."""
    st.set_page_config(
        page_title=say("pages.title"),
        page_icon=str(_HERE / "icon.svg"),
        layout="wide",
        menu_items={"about": say("pages.about")},
    )
    st.logo(str(_HERE / "logo.svg"))
    st.html(TOKENS_CSS)
    st.html(_HERE / "style.css")
    st.html(_HERE / "print.css")


def class_mode() -> None:
    """Make the page large enough for a projector."""
    st.html(_HERE / "class.css")


def page_title(title: str) -> None:
    """Name the page in the browser's tab, and in the one first heading that it has."""
    st.set_page_config(page_title=say("pages.tab", page=title))
    with st.container(key="page-title"):
        st.title(plain(title), anchor=False)
        LANGUAGE_OF_PAGE("page-language", {"language": spoken()})
