"""The chip of another network: which one stands beside the first, and the way back to the plan."""

import streamlit as st

from explain.core import Comparison, in_words
from explain.core.messages import Message, listed, say
from models.loading.assembling.subject import WITHOUT_DATA
from pages._shell import caches, current, loaded
from pages._shell.actions import choose
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import OTHER, State, state

_WIDTH = 400
"""Of the open chip, in pixels, where the screen has them."""


def other_network() -> None:
    """Show the chip with the other network's title, in place of the plan's."""
    with (
        st.popover(plain(_chip(state())), key="beside-chip", width="stretch"),
        st.container(width=_WIDTH),
        boundary("beside"),
    ):
        comparison = current.comparison()
        other = caches.subject_of(comparison.after)
        st.markdown(f"**{plain(other_title(state()))}**  \n{plain(other.card.purpose)}")
        why = caches.unmatched(comparison)
        st.markdown(plain(say("comparison.by_place") if why is None else str(why)))
        for note in in_words(other.card, "card", other.key).notes:
            if note != WITHOUT_DATA:  # it answers the first one's
                st.markdown(f":small[{plain(note)}]")
        st.page_link("pages/models.py", label=say("comparison.choose_another"))


def with_units() -> bool:
    """Return whether units of the two networks can be set side by side; else say why not."""
    why = units_apart(current.comparison())
    if why is not None:
        st.info(plain(why))
    return why is None


def units_apart(comparison: Comparison) -> str | Message | None:
    """Return why units of the two networks cannot be set side by side, None where they can."""
    why = caches.unmatched(comparison)
    if why is not None:
        return why
    mine, theirs = (
        {layer.name for layer in caches.subject_of(one).network.layers} for one in comparison.both
    )
    missing = sorted(mine - theirs)
    return Message("comparison.other_names", layers=listed(missing)) if missing else None


def _chip(now: State) -> str:
    return say("comparison.chip", title=other_title(now))


def other_title(now: State) -> str:
    """Return what the other network is called, with the training that it is of several."""
    how = now[OTHER]
    if how is None:
        return ""
    other = caches.subject_of(current.comparison(now).after)
    title = in_words(other.card, "card", other.key).title
    return say("comparison.training", seed=how.seed, title=title)


def scaled_otherwise(now: State) -> bool:
    """Return whether the other network's card scales inputs in another way than the first one's."""
    how = now[OTHER]
    mine, theirs = (_scale(key) for key in (now.model, "" if how is None else how.model))
    return any(theirs) and theirs != mine


def _scale(key: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    card = loaded.card(key)
    return ((), ()) if card is None else (card.preprocess.mean, card.preprocess.std)


def back_to_the_plan() -> None:
    """Offer to compare with what the plan makes."""
    st.button(
        plain(say("comparison.with_the_plan")),
        key="plan-again",
        on_click=choose,
        args=(OTHER.to(None),),
    )
