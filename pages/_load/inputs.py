"""Which of several inputs is varied and explained, and what the others are held at."""

from dataclasses import replace

import streamlit as st

from explain.core.messages import say
from explain.network import Lifted, NetworkInput, printable
from models.loading.assembling.inputs import InputRoles, roles_of
from models.loading.card.model_card import Card, Held
from models.loading.opening import ModelFile
from pages._shell.charts import plain


def ask_for_inputs(file: ModelFile, network: Lifted, known: Card) -> Card:
    """Ask, where a network takes several inputs; return the card with what was said of them.

    Raises:
        ImportRefused: what the card says of them makes no sense.
    """
    roles = roles_of(file.inputs, network, known)
    asked = [one for one in roles.entries if one is not roles.mask]
    if len(asked) < 2:
        return known
    key = f"load-inputs-{file.sha256[:8]}"
    rows = {one.name: one for one in asked if not one.tensor}
    names = list(rows)
    first = st.selectbox(
        say("load.inputs.first"),
        names,
        index=names.index(roles.first.name),
        format_func=lambda name: str(rows[name].said()),
        key=key,
        help=say("load.inputs.first_about"),
    )
    held = {one.name: _held_at(one, roles, known, key) for one in asked if one.name != first}
    return replace(known, held=held)


def _held_at(one: NetworkInput, roles: InputRoles, known: Card, key: str) -> Held:
    now = known.held.get(one.name, roles.constant.get(one.name))
    text = st.text_input(
        say("load.inputs.held", entry=plain(one.said())),
        "" if now is None else _shown(now),
        placeholder=say("load.inputs.own", name=printable(one.name)),
        key=f"{key}-{one.name}",
        help=say("load.inputs.held_about"),
    )
    return _read(text.strip()) or one.name


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def _read(text: str) -> Held:
    """Return a number, the name of an array or a column, or columns with commas between them."""
    try:
        return float(text)
    except ValueError:
        columns = tuple(part.strip() for part in text.split(",") if part.strip())
        return columns if len(columns) > 1 else text
