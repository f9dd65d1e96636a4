"""The network of bare weights: the architectures that they fit, or the lines that export it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explain import ImportRefused
from explain.core import Parameter
from explain.core.messages import say
from explain.network import Lifted
from models.loading.card.model_card import Card
from models.loading.opening import ModelFile
from models.loading.own_class import export_lines
from models.registry import Candidate, architecture, candidates
from pages._load.drafts import network_of
from pages._load.file import show_refusal
from pages._shell.charts import plain


def network_in(file: ModelFile, known: Card) -> Lifted | None:
    """Return the network of a file; of bare weights, once they fit an architecture.

    Where none fits, the lines that export it are shown.
    """
    if file.network is not None:
        return file.network
    found = candidates(file.tensors)
    if known.architecture is not None and not found:
        return network_of(file, known.architecture.name, known.architecture.params)
    try:
        if found:
            return _chosen(file, known, {guess.name: guess for guess in found})
        show_refusal(ImportRefused("load.card.no_architecture", tensors=len(file.tensors)))
    except ImportRefused as refused:
        show_refusal(refused)
    _own_class(file)
    return None


def _own_class(file: ModelFile) -> None:
    """Show the lines that make a file with the network in it."""
    st.markdown(say("load.card.own_class"))
    st.code(export_lines(file), language="python")


def _chosen(file: ModelFile, known: Card, found: Mapping[str, Candidate]) -> Lifted:
    """Let people choose the architecture, the best guess first, and what shapes do not say."""
    wanted = known.architecture.name if known.architecture is not None else ""
    names = list(found)
    name = st.selectbox(
        say("load.card.architecture"),
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
    return title if guess.match.exact else say("load.card.does_not_fit", architecture=title)


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
