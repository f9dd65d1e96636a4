"""Where you are: the model and what it is for."""

import streamlit as st

from explain.core import Another, in_words
from explain.core.messages import say
from pages._shell import caches, current
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import OTHER, state


def header() -> None:
    """Show the model's title and purpose in one line."""
    with boundary("header"):
        subject = caches.subject(state().model)
        card = in_words(subject.card, "card", subject.key)
        st.markdown(f"**{plain(card.title)}.** {plain(card.purpose)}")
        other = state()[OTHER]
        if other is not None:
            _show_other(other)


def _show_other(other: Another) -> None:
    """Say which model is compared in place of the plan's network, and offer to go back."""
    label = plain(say("comparison.with_the_plan"))
    st.button(label, key="plan-again", on_click=_compare_with_the_plan)
    title = caches.subject_of(current.comparison().after).card.title
    st.info(plain(say("comparison.is_another_model", title=title, seed=other.seed)))


def _compare_with_the_plan() -> None:
    choose(OTHER.to(None))
