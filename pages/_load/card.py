"""Second step: the model card, found or filled in field by field."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explain import ImportRefused
from explain.core.messages import say
from explain.network import Lifted
from models.loading.assembling.inputs import roles_of, with_roles
from models.loading.card.describing import completed, guessed, unknown_fields, with_usual_scale
from models.loading.card.model_card import Card, card_bytes
from models.loading.opening import ModelFile
from models.registry import usual_scale
from pages._load.architecture import network_in
from pages._load.drafts import (
    answers,
    answers_kept,
    field_key,
    form_is_read,
    form_shown,
    known_card,
    says_more,
    whole_card,
)
from pages._load.drop import SLOTS
from pages._load.fields import FIELDS, Field, ask, fitting, shown_as, value_of
from pages._load.file import show_refusal
from pages._load.inputs import ask_for_inputs
from pages._load.uploads import given
from pages._shell.charts import offer_made, plain
from pages._shell.panel import boundary


def load_card(file: ModelFile) -> tuple[Lifted, Card] | None:
    """Show what is known and ask for the rest; return network and card once they make sense."""
    st.header(say("load.card.title"), anchor=False)
    with boundary("card"):
        try:
            return _whole(file)
        except ImportRefused as refused:
            show_refusal(refused)
    return None


def _whole(file: ModelFile) -> tuple[Lifted, Card] | None:
    known = _known(file)
    network = network_in(file, known)
    if network is None:
        return None
    known = with_usual_scale(known, usual_scale(file.tensors))
    known = ask_for_inputs(file, network, known)
    guess = guessed(with_roles(network, roles_of(file.inputs, network, known)))
    _form(known, completed(known, guess))
    card = whole_card(known, guess, answers_kept())
    _said(known, card)
    return network, card


def _known(file: ModelFile) -> Card:
    """Return the card in the file, with the one beside it where there is one."""
    beside = given(SLOTS["card"])
    words = bool(file.words) or given(SLOTS["words"]) is not None
    return known_card(file, None if beside is None else beside.content, words=words)


_CARD_FORM = "load-card-form"


def _form(known: Card, shown: Card) -> None:
    """Ask for what nobody said, filled with what the network tells; the rest on demand."""
    asked = unknown_fields(known)
    typed = answers_kept()
    fields = fitting(shown, typed)
    first = [one for one in fields if one.path in asked]
    with st.container() if first else st.expander(say("load.card.complete")), st.form(_CARD_FORM):
        said = {one.path: _asked(one, shown, typed) for one in first}
        with st.expander(say("load.card.more")) if first else st.container():
            said |= {one.path: _asked(one, shown, typed) for one in fields if one not in first}
        pressed = st.form_submit_button(say("load.card.use"), type="secondary")
    if pressed or says_more(shown, said):
        answers({p: value for p, value in said.items() if _differs(shown, p, value)})
    form_is_read(shown, said)


def _asked(one: Field, shown: Card, typed: Mapping[str, Any]) -> Any:
    key = field_key(shown, one.path)
    if key not in st.session_state:
        st.session_state[key] = shown_as(one, typed.get(one.path, value_of(shown, one.path)))
    return ask(one, key)


def fill(found: Mapping[str, Any]) -> None:
    """Type values into the form that is shown, and use them: path of a field -> plain value."""
    answers({**answers_kept(), **found})
    shown = form_shown()
    for one in FIELDS:
        if one.path in found and shown is not None:
            st.session_state[field_key(shown, one.path)] = shown_as(one, found[one.path])


def _differs(shown: Card, path: str, value: Any) -> bool:
    now = value_of(shown, path)
    return value not in (None, "", []) and value != (list(now) if isinstance(now, tuple) else now)


def _said(known: Card, card: Card) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    unknown = unknown_fields(card)
    missing = [say("load.field", path=one.path) for one in FIELDS if one.path in unknown]
    note = say("load.card.open", fields=missing) if missing else _summary(card)
    row.markdown(f":small[{note}]", width="stretch")
    with row:
        offer_made(
            say("load.card.download"),
            card_bytes(card),
            name="model_card.json",
            mime="application/json",
            key="load-card-download",
            about=say("load.card.download_about"),
        )
    for warning in known.warnings:
        st.markdown(f":small[{plain(warning)}]")


def _summary(card: Card) -> str:
    shape = " × ".join(map(str, card.input.shape))
    what, out, classes = plain(card.modality), plain(card.output), len(card.labels)
    if not classes:
        return say("load.card.summary", modality=what, shape=plain(shape), output=out)
    return say(
        "load.card.summary_of_classes",
        modality=what,
        shape=plain(shape),
        output=out,
        classes=classes,
    )
