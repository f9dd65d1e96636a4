"""Second step: the model card, found or filled in, and the architecture of bare weights."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explain import ImportRefused
from explain.core import Parameter
from explain.network import Lifted
from models.loading.card.guessing import completed, guessed, unknown_fields
from models.loading.card.model_card import Card, card_bytes
from models.loading.limits import LIMITS
from models.loading.opening import Opened
from models.registry import Candidate, architecture, candidates
from pages._load.drafts import answers, answers_kept, known_card, network_of, whole_card
from pages._load.fields import FIELDS, Field, ask, value_of
from pages._load.file import show_refusal
from pages._load.uploads import upload
from pages._shell.boundary import boundary
from pages._shell.plain import plain

__all__ = ["load_card"]


def load_card(file: Opened) -> tuple[Lifted, Card] | None:
    """Show what is known and ask for the rest; return network and card once they make sense."""
    st.subheader("2 · Card", anchor=False)
    with boundary("card"):
        try:
            return _whole(file)
        except ImportRefused as refused:
            show_refusal(refused)
    return None


def _whole(file: Opened) -> tuple[Lifted, Card] | None:
    known = _known(file)
    network = _network(file, known)
    if network is None:
        return None
    guess = guessed(network)
    _form(known, completed(known, guess))
    card = whole_card(known, network, answers_kept())
    _said(known, card)
    return network, card


def _known(file: Opened) -> Card:
    """Return the card in the file, with the one beside it where there is one."""
    found = "in the file" if file.card is not None else "not in the file"
    with st.popover(f"Card {plain(found)}: give another", type="tertiary", key="load-beside"):
        beside = upload(
            "load-card", "model_card.json, if it lies beside the model", most=LIMITS.card_bytes
        )
    return known_card(file, None if beside is None else beside.content)


def _network(file: Opened, known: Card) -> Lifted | None:
    if file.network is not None:
        return file.network
    _classes(file)
    found = candidates(file.tensors)
    if known.architecture is not None and not found:
        return network_of(file, known.architecture.name, known.architecture.params)
    if not found:
        show_refusal(
            ImportRefused(
                f"The {len(file.tensors):,} tensors in the file fit no architecture known here.",
                hint="Export the network with its architecture in place of bare weights: as .pt2 "
                "or .onnx.",
            )
        )
        return None
    return _chosen(file, known, {guess.name: guess for guess in found})


def _classes(file: Opened) -> None:
    if file.classes:
        names = ", ".join(file.classes[:5])
        st.markdown(
            f":small[The file names the classes {plain(names)}. None was looked up; only its "
            f"{len(file.tensors):,} tensors are used.]"
        )


def _chosen(file: Opened, known: Card, found: Mapping[str, Candidate]) -> Lifted:
    """Let people choose the architecture, the best guess first, and what shapes do not say."""
    wanted = known.architecture.name if known.architecture is not None else ""
    names = list(found)
    name = st.selectbox(
        "Architecture, the best guess first",
        names,
        index=names.index(wanted) if wanted in names else 0,
        format_func=lambda key: _fit(found[key]),
        key=f"load-architecture-{file.sha256[:8]}",
    )
    record = architecture(name)
    st.markdown(f":small[{plain(record.line)}]")
    usual = dict(found[name].params)
    if known.architecture is not None and wanted == name:
        usual |= dict(known.architecture.params)
    chosen = {p.key: _parameter(name, p, usual.get(p.key)) for p in record.parameters}
    return network_of(file, name, chosen)


def _fit(guess: Candidate) -> str:
    title = architecture(guess.name).title
    return title if guess.match.exact else f"{title} (does not fit)"


def _parameter(name: str, one: Parameter, now: Any) -> object:
    key = f"load-parameter-{name}-{one.key}"
    if one.choices:
        return st.selectbox(
            plain(one.title),
            one.choices,
            index=one.choices.index(now) if now in one.choices else 0,
            key=key,
            help=plain(one.line),
        )
    kind = int if one.whole else float
    return st.number_input(
        plain(one.title),
        kind(one.low),
        kind(one.high),
        kind(one.default if now is None else now),
        step=1 if one.whole else None,
        key=key,
        help=plain(one.line),
    )


def _form(known: Card, shown: Card) -> None:
    """Ask for what nobody said, filled with what the network tells; the rest on demand."""
    asked = unknown_fields(known)
    typed = answers_kept()
    with st.form("load-card-form"):
        fitting = [one for one in FIELDS if not one.modality or shown.modality in one.modality]
        first = [one for one in fitting if one.path in asked]
        said = {one.path: _asked(one, shown, typed) for one in first}
        if not first:
            st.markdown("The card says all that is needed.")
        with st.expander("Preprocessing, columns, names"):
            said |= {one.path: _asked(one, shown, typed) for one in fitting if one not in first}
        if st.form_submit_button("Use this card", type="secondary"):
            answers({p: value for p, value in said.items() if _differs(shown, p, value)})


def _asked(one: Field, shown: Card, typed: Mapping[str, Any]) -> Any:
    return ask(one, typed.get(one.path, value_of(shown, one.path)))


def _differs(shown: Card, path: str, value: Any) -> bool:
    now = value_of(shown, path)
    return value not in (None, "", []) and value != (list(now) if isinstance(now, tuple) else now)


def _said(known: Card, card: Card) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    missing = [one.title for one in FIELDS if one.path in unknown_fields(card)]
    note = f"Still open: {plain(', '.join(missing))}." if missing else _summary(card)
    row.markdown(f":small[{note}]", width="stretch")
    row.download_button(
        "Card (JSON)",
        card_bytes(card),
        file_name="model_card.json",
        mime="application/json",
        on_click="ignore",
        key="load-card-download",
        type="tertiary",
    )
    for warning in known.warnings:
        st.markdown(f":small[{plain(warning)}]")


def _summary(card: Card) -> str:
    shape = " × ".join(map(str, card.input.shape))
    labels = f", {len(card.labels)} classes" if card.labels else ""
    return plain(f"{card.modality}, {shape} in, {card.output} out{labels}.")
