"""The models to choose from as cards: those of this session first, then the built-in ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from textwrap import shorten

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explain import InputSpec, Samples
from explain.core import Masked, in_words
from explain.core.messages import say
from explain.figures import thumbnail, wording
from explain.measure import meter
from models import catalog
from models.demo import shipped_tensors, weight_counts
from pages._load import drafts
from pages._load.beside import go_on, offer_beside
from pages._load.file import start_over
from pages._load.words import row_in_words
from pages._panels.model import another_model
from pages._shell import caches, loaded
from pages._shell.charts import plain
from pages._shell.panel import boundary
from pages._shell.state import MODEL, OTHER, PLAN, change, state
from pages._shell.url import stop_waiting

_LETTERS = 90
"""Of a text or a row."""


@dataclass(frozen=True, slots=True)
class _Face:
    """What a card shows of a model: a case as a picture (a data URI) or in words, and its size.

    `weights` are those that are not 0, `zeros` those that are.
    """

    picture: str
    words: str
    weights: int
    zeros: int


def gallery() -> None:
    """Show one card a model; a click opens it, and what was loaded can be taken out again."""
    st.header(say("load.gallery.title"), anchor=False)
    st.html(Path(__file__).with_name("gallery.css"))
    with boundary("loaded models"):
        _grid("mine", [partial(_mine, *one) for one in reversed(loaded.mine().items())])
        _grid("built-in", [partial(_built_in, at) for at in range(len(catalog.CATALOG))])


def _grid(name: str, cards: Sequence[Callable[[], None]]) -> None:
    if cards:
        with st.container(key=f"gallery-{name}"):
            for card in cards:
                card()


def _built_in(at: int) -> None:
    entry = catalog.CATALOG[at]
    found = in_words(entry, "model", entry.key)
    _card(found.key, found.title, found.line, _face_of_demo(found.key))


def _card(key: str, title: str, line: str, face: _Face | None) -> DeltaGenerator:
    """Show a card; return it, for what else stands on it."""
    card = st.container(border=True, key=f"model-{key}", gap="xxsmall")
    with card:
        if face is not None:
            st.html(_shown(face))
        st.button(plain(title), key=f"open-{key}", on_click=_open, args=(key,), width="stretch")
        st.markdown(f":small[{plain(line)}]")
        if face is not None:
            st.markdown(f":small[{_size(face)}]")
        _bears(key)
        with boundary("beside"):
            offer_beside(key)
    return card


def _size(face: _Face) -> str:
    if face.zeros:
        return say("load.gallery.weights_and_zeros", n=face.weights, zeros=face.zeros)
    return say("load.gallery.weights", n=face.weights)


def _bears(key: str) -> None:
    """Say how far a model can be pruned, where it was measured with the usual plan."""
    how = Masked(plan=PLAN.default)
    # Where there are no masks yet, to ask for the sweep would make them.
    if not (caches.masks.ready(key, how.plan) and caches.sweep.ready(key, how)):
        return
    title = meter(caches.sweep(key, how).metric_key).title
    amount = caches.bend_of(key, how)
    said = say("load.gallery.bears", metric=plain(wording.capital(title)), amount=amount)
    st.markdown(f":small[{said}]")


def _mine(key: str, title: str) -> None:
    there = loaded.is_there(key)
    file = loaded.file_of(key)
    line = say("load.mine.there" if there else "load.mine.gone", file=file[:12])
    _card(key, title, line, _face_of_loaded(key) if there else None).button(
        say("load.mine.remove"),
        key=f"remove-{key}",
        on_click=_remove,
        args=(key,),
        help=say("load.mine.remove_help", title=plain(title), file=plain(file)),
        type="tertiary",
    )


def _shown(face: _Face) -> str:
    if face.picture:
        return f'<div class="face"><img src="{escape(face.picture)}" alt=""></div>'
    return f'<div class="face">{escape(face.words)}</div>'


@cache
def _face_of_demo(key: str) -> _Face | None:
    """Return the face of a built-in model, from its data alone; None of one trained elsewhere."""
    if key not in catalog.KEYS:
        return None
    data = catalog.demo(key).read()
    first = data.test.take(np.array([0]))
    return _face(first, data.spec, weight_counts(shipped_tensors(key).values()))


def _face_of_loaded(key: str) -> _Face | None:
    subject = caches.subject(key)
    if not subject.samples.count:
        return None
    counts = weight_counts(subject.network.weights().values())
    return _face(subject.samples.take(np.array([0])), subject.spec, counts)


def _face(first: Samples, spec: InputSpec, counts: tuple[int, int]) -> _Face:
    picture, (weights, zeros) = spec.kind == "image", counts
    return _Face(
        picture=thumbnail(first.inputs[0][0].numpy(), spec.low, spec.high) if picture else "",
        words="" if picture else shorten(row_in_words(first, 0), _LETTERS, placeholder="…"),
        weights=weights,
        zeros=zeros,
    )


def _open(key: str) -> None:
    """Look at a model on the first page."""
    if key == state().model:
        stop_waiting()
    else:
        change(*another_model(key))
    go_on()


def _remove(key: str) -> None:
    if state().model == key:
        change(MODEL.to(MODEL.default), PLAN.to(PLAN.default))
    other = state()[OTHER]
    if other is not None and other.model == key:
        change(OTHER.to(None))
    loaded.remove(key)
    file = drafts.opened()
    if file is not None and file.sha256 == loaded.file_of(key):
        start_over()
