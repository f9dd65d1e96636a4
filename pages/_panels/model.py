"""The model's chip: what it is and what it is for, its card, and the choice of another."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, count
from typing import Any

import streamlit as st

from explain import ExplainError, PruningPlan, Subject
from explain.core import in_words
from explain.core.messages import Message, number, say
from explain.pruning import criterion, grain, grain_for, refusal, with_criterion
from models.catalog import CATALOG
from pages._panels.choices import CARD
from pages._shell import caches, loaded, url
from pages._shell.actions import choose, folded
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import MODEL, PLAN, Setting, kept_field, state

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
    models = _told_apart(
        {
            **{demo.key: in_words(demo, "model", demo.key).title for demo in CATALOG},
            **loaded.mine(),
        }
    )
    st.selectbox(
        say("panels.model.model"),
        list(models),
        format_func=lambda key: models[key],
        **kept_field("model", state().model, _choose),
    )


def _told_apart(titles: dict[str, str]) -> dict[str, str]:
    """Return the titles, a repeated one with a number: Streamlit tells options by what they say."""
    found: dict[str, str] = {}
    for key, title in titles.items():
        numbered = (say("panels.model.again", title=title, n=n) for n in count(2))
        taken = set(found.values())
        found[key] = next(said for said in chain([title], numbered) if said not in taken)
    return found


def _choose(key: str) -> None:
    choose(*another_model(key))


def another_model(key: str) -> tuple[Setting[Any], ...]:
    """Return what is set to look at another model; leave notes on what of the plan does not fit."""
    url.stop_waiting()
    plan, notes = _plan_for(key)
    url.leave_notes(notes)
    return MODEL.to(key), PLAN.to(plan)


def _plan_for(key: str) -> tuple[PruningPlan, list[Message]]:
    """Return the plan of now as far as it fits another model, and a note for all that does not."""
    now = state().plan
    if loaded.is_key(key) and not loaded.is_there(key):
        return PruningPlan(), []
    subject, asked = caches.subject(key), criterion(now.criterion)
    record = criterion(PruningPlan().criterion) if refusal(asked, subject) else asked
    grains = grain_for(record, subject, now.granularity)
    at = now.at(caches.masks(state().model, now).pool_amount)
    plan = replace(with_criterion(at, record.key, granularity=grains), overrides=(), protected=())
    try:
        caches.masks(key, plan)
    except ExplainError as error:
        return PruningPlan(), [Message("panels.model.other_plan", why=error.messages[0])]
    return plan, list(_left_behind(now, plan))


def _left_behind(asked: PruningPlan, taken: PruningPlan) -> Iterator[Message]:
    """Tell what of the plan that was asked for did not fit."""
    before, after = criterion(asked.criterion).title, criterion(taken.criterion).title
    if before != after:
        yield Message("panels.model.other_criterion", asked=before, taken=after)
    elif asked.granularity != taken.granularity:
        many, fewer = grain(asked.granularity).many, grain(taken.granularity).many
        yield Message("panels.model.other_grain", asked=many, taken=fewer)
    if asked.overrides or asked.protected:
        yield Message("panels.model.other_layers")


def _card(subject: Subject) -> None:
    card = in_words(subject.card, "card", subject.key)
    with folded(CARD, say("panels.card.about")):
        st.markdown(f"**{plain(card.title)}**  \n{plain(card.purpose)}")
        if card.not_for:
            st.markdown(say("panels.card.not_for", use=plain(card.not_for)))
        rows = [f"{plain(k)}: {number(v)}" for k, v in card.metrics.items()]
        rows += [
            say("panels.card.baseline", name=plain(k), value=v) for k, v in card.baselines.items()
        ]
        st.markdown("  \n".join(rows))
        for line in (*card.notes, *card.limits):
            st.markdown(f":small[{plain(line)}]")
        origin = " ".join(f"{part}." for part in (card.source, card.authors, card.licence) if part)
        st.markdown(f":small[{plain(origin)}]")
