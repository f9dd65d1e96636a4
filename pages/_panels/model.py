"""The model's chip: what it is and what it is for, its card, and the choice of another."""

from dataclasses import replace

import streamlit as st

from explain import Subject
from explain.core import in_words
from explain.core.messages import decimal, say
from models.catalog import CATALOG
from pages._panels.choices import CARD
from pages._shell import caches, loaded, url
from pages._shell.actions import choose, folded
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import MODEL, PLAN, kept_field, state

_WIDTH = 400
"""Of the open chip, in pixels, where the screen has them."""


def model() -> None:
    """Show the chip with the model's title; it opens the choice of a model."""
    subject = caches.subject(state().model)
    card = in_words(subject.card, "card", subject.key)
    with (
        st.popover(plain(card.title), key="model-chip", width="stretch"),
        st.container(width=_WIDTH),
        boundary("models"),
    ):
        _choice()
        st.markdown(plain(card.purpose))
        st.page_link("pages/models.py", label=say("panels.model.load"))
        _card(subject)


def _choice() -> None:
    models = {
        **{demo.key: in_words(demo, "model", demo.key).title for demo in CATALOG},
        **loaded.mine(),
    }
    st.selectbox(
        say("panels.model.model"),
        list(models),
        format_func=lambda key: models[key],
        **kept_field("model", state().model, _choose),
    )


def _choose(key: str) -> None:
    url.stop_waiting()
    plan = replace(state().plan, overrides=(), protected=(), threshold=None, amount=0.0)
    choose(MODEL.to(key), PLAN.to(plan))


def _card(subject: Subject) -> None:
    card = in_words(subject.card, "card", subject.key)
    with folded(CARD, say("panels.card.about")):
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.purpose)}")
        if card.not_for:
            st.markdown(say("panels.card.not_for", use=plain(card.not_for)))
        rows = [f"{plain(k)}: {decimal(v)}" for k, v in card.metrics.items()]
        rows += [
            say("panels.card.baseline", name=plain(k), value=v) for k, v in card.baselines.items()
        ]
        st.markdown("  \n".join(rows))
        for line in (*card.notes, *card.limits):
            st.markdown(f":small[{plain(line)}]")
        origin = " ".join(f"{part}." for part in (card.source, card.authors, card.licence) if part)
        st.markdown(f":small[{plain(origin)}]")
