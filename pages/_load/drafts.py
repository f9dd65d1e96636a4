"""What a session is loading: file, network, data and subject, each made once.

Everything stays in the session's memory until something else is given; nothing is written to disk.
"""

from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar, cast

import streamlit as st

from explain import ImportRefused, Subject
from explain.core import Progress
from explain.network import Lifted, Output, likely_answer
from models.loading.assembling.first_look import FirstLook, first_look
from models.loading.assembling.inputs import roles_of
from models.loading.assembling.subject import subject_from
from models.loading.card.describing import completed
from models.loading.card.model_card import Card, Preprocess, card_bytes, read_card
from models.loading.data.beside import ByName
from models.loading.data.record import Data
from models.loading.limits import LIMITS
from models.loading.loading import read_rows
from models.loading.opening import ModelFile, answer_named, open_model, outputs_offered
from models.registry import build_registered
from pages._load.uploads import Given
from pages._shell import loaded

Value = TypeVar("Value")

_FILE, _NETWORK, _DATA, _SUBJECT = "load-opened", "load-network", "load-rows", "load-subject"
_ANSWERS, _FORM, _LOOK = "load-answers", "load-form", "load-look"
_COLUMNS, _PART = "load-columns", "load-part"
_OUTPUTS, _OUTPUT = "load-outputs", "load-output"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A data file, the vocabulary that it was read with, and what is inside."""

    file: Given
    vocabulary: Given | None
    data: Data


def _once(slot: str, key: Hashable, make: Callable[[], Value]) -> Value:
    """Return what was made for this key, or make it now; a refusal is kept and raised again."""
    if not _is_made(slot, key):
        try:
            found: Value | ImportRefused = make()
        except ImportRefused as refusal:
            found = refusal
        st.session_state[slot] = (key, found)
    value = st.session_state[slot][1]
    if isinstance(value, ImportRefused):
        raise value
    return cast("Value", value)


def _is_made(slot: str, key: Hashable) -> bool:
    kept = st.session_state.get(slot)
    return kept is not None and kept[0] == key


def forget_draft() -> None:
    """Drop everything that is not opened."""
    for slot in (_FILE, _NETWORK, _DATA, _COLUMNS, _SUBJECT, _LOOK, _ANSWERS, _FORM, _OUTPUTS):
        st.session_state.pop(slot, None)


def choose_part(file: str, widget: str) -> None:
    """Have that of the networks in the file of this id be read which a widget says."""
    st.session_state[_PART] = (file, st.session_state[widget])


def take_part_of_card(given: Given, beside: bytes | None) -> None:
    """Read the network of a file that the card beside it names, unless somebody chose another."""
    if beside is None or st.session_state.get(_PART, ("", ""))[0] == given.id:
        return
    with suppress(ImportRefused):  # the card is read again where it is shown, and refused there
        if part := read_card(beside, LIMITS).part:
            st.session_state[_PART] = (given.id, part)


def _part(given: Given) -> str:
    file, part = st.session_state.get(_PART, ("", ""))
    return part if file == given.id else ""


def _file_key(given: Given, output: str, shape: tuple[int, ...]) -> Hashable:
    return given.id, output, _part(given), shape


def is_read(given: Given, output: str, shape: tuple[int, ...] = ()) -> bool:
    """Return whether a model file was read already with this answer, part and size, or refused."""
    return _is_made(_FILE, _file_key(given, output, shape))


def opened_of(
    given: Given, output: str, progress: Progress, shape: tuple[int, ...] = ()
) -> ModelFile:
    """Return what a model file holds; a file before it is forgotten with all that belongs to it.

    `output`: which of several values that its network returns is the answer. Where that is empty
    and not clear, the first that may be is taken: the page lets people choose another. `shape`: of
    one sample, as the card beside the file says.

    Raises:
        ImportRefused: it is not taken in.
    """
    if not is_read(given, output, shape):
        forget_draft()
    read = partial(
        open_model,
        given.content,
        name=given.name,
        part=_part(given),
        shape=shape,
        progress=progress,
    )

    def make() -> ModelFile:
        try:
            return read(output=output)
        except ImportRefused:
            outputs = () if output else outputs_returned(given)
            likely, is_clear = likely_answer(outputs) if outputs else (None, True)
            if likely is None or is_clear:
                raise
        return read(output=likely.name)

    return _once(_FILE, _file_key(given, output, shape), make)


def outputs_returned(given: Given) -> tuple[Output, ...]:
    """Return what the network in a file returns, also where the file is refused."""
    return _once(_OUTPUTS, given.id, partial(outputs_offered, given.content))


def choose_output(given: Given, name: str) -> None:
    """Let the value of that name be the answer of a file's network."""
    st.session_state[_OUTPUT] = (given.id, name)


def output_chosen(given: Given, beside: bytes | None) -> str:
    """Return the output that somebody chose, else the one that the card beside the file names."""
    if not given.content:  # it was read and let go: there is nothing to choose
        return str(st.session_state[_FILE][0][1])
    kept, name = st.session_state.get(_OUTPUT, ("", ""))
    if kept == given.id or beside is None:
        return str(name) if kept == given.id else ""
    return _beside(beside).output_name


def shape_beside(given: Given, beside: bytes | None) -> tuple[int, ...]:
    """Return the shape of one sample on the card beside a file, () where it says none."""
    if not given.content:
        kept: tuple[int, ...] = st.session_state[_FILE][0][3]
        return kept
    return () if beside is None else _beside(beside).input.shape


def _beside(card: bytes) -> Card:
    try:
        return read_card(card, LIMITS)
    except ImportRefused:
        return Card()  # the card is read again where it is shown, and refused there


def opened() -> ModelFile | None:
    """Return the model file that was read last, None where there is none or it was refused."""
    kept = st.session_state.get(_FILE)
    return kept[1] if kept is not None and isinstance(kept[1], ModelFile) else None


def network_of(file: ModelFile, name: str, params: Mapping[str, object]) -> Lifted:
    """Return the network of a file's bare weights in the architecture of that name.

    Raises:
        ImportRefused: the weights do not fit.
    """
    key = (file.sha256, name, repr(sorted(params.items())))
    return _once(_NETWORK, key, lambda: build_registered(name, params, file.tensors))


def answers_kept() -> dict[str, Any]:
    """Return what was typed into the form of the card: path of a field -> plain value."""
    return dict(st.session_state.get(_ANSWERS, {}))


def answers(typed: Mapping[str, Any]) -> None:
    """Keep what was typed into the form of the card."""
    st.session_state[_ANSWERS] = dict(typed)


def says_more(shown: Card, said: Mapping[str, Any]) -> bool:
    """Return whether a form filled from this card says something else than when it was read last.

    Streamlit tells only one run that a button was pressed. A file that arrives right then ends that
    run, maybe before it comes to the form; what the fields say stays.
    """
    card, before = st.session_state.get(_FORM, (None, None))
    return bool(card == shown and before != said)


def form_shown() -> Card | None:
    """Return the card that the form was filled from the last time."""
    found: tuple[Card | None, object] = st.session_state.get(_FORM, (None, None))
    return found[0]


def field_key(shown: Card, path: str) -> str:
    """Return the key of a field's widget: another card fills other fields."""
    return f"load-field-{sha256(card_bytes(shown)).hexdigest()[:8]}-{path}"


def form_is_read(shown: Card, said: Mapping[str, Any]) -> None:
    """Keep what the form says, and the card that it was filled from."""
    st.session_state[_FORM] = (shown, dict(said))


_WITH_WORDS = Card(preprocess=Preprocess(tokenizer="vocab.txt"))
"""What is known where the file of a tokenizer is there."""


def known_card(file: ModelFile, beside: bytes | None, *, words: bool = False) -> Card:
    """Return the card beside the file, completed by the one inside; both may be missing.

    `words`: whether the file of a tokenizer is there, too.

    Raises:
        ImportRefused: a card that is none.
    """
    inside = Card() if file.card is None else read_card(file.card, LIMITS)
    known = inside if beside is None else completed(read_card(beside, LIMITS), inside)
    known = replace(known, output_name=answer_named(file), part=file.part)
    return completed(known, _WITH_WORDS) if words and known.modality == "text" else known


def whole_card(known: Card, guess: Card, typed: Mapping[str, Any]) -> Card:
    """Return the whole card: what was typed, then what is known, then what the network tells.

    Raises:
        ImportRefused: what was typed makes no sense, field by field in words.
    """
    return completed(read_card(_nested(typed), LIMITS), completed(known, guess))


def _nested(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return "input.shape" -> value as objects in objects."""
    found: dict[str, Any] = {}
    for path, value in typed.items():
        room, _, name = path.rpartition(".")
        (found.setdefault(room, {}) if room else found)[name] = value
    return found


def by_name(card: Card) -> ByName:
    """Return what the data may hold by name for the network that is loaded."""
    file = opened()
    if file is None or file.network is None:
        return ByName()
    return roles_of(file.inputs, file.network, card).by_name


def data_is_read(given: Given, card: Card, vocabulary: Given | None) -> bool:
    """Return whether a data file was read already with this card, or refused."""
    return _is_made(_DATA, _data_key(given, card, vocabulary))


def _data_key(given: Given, card: Card, vocabulary: Given | None) -> Hashable:
    return given.id, card_bytes(card), None if vocabulary is None else vocabulary.id


def data_of(given: Given, card: Card, vocabulary: Given | None, progress: Progress) -> Rows:
    """Return the rows of a data file, read in a process of its own.

    Raises:
        ImportRefused: they are not taken in.
    """

    def make() -> Rows:
        words = None if vocabulary is None else vocabulary.content
        found = read_rows(
            given.content,
            card,
            vocabulary=words,
            name=given.name,
            by_name=by_name(card),
            progress=progress,
        )
        return Rows(file=given, vocabulary=vocabulary, data=found)

    return _once(_DATA, _data_key(given, card, vocabulary), make)


def columns_offered(
    given: Given, card: Card, vocabulary: Given | None, rows: Rows | None
) -> tuple[str, ...]:
    """Return the columns that may hold the answer, also where the one on the card is not there.

    `rows`: what was read of the file, None where it was refused.
    """
    if rows is not None:
        return rows.data.possible
    if not card.target:
        return ()
    words = None if vocabulary is None else vocabulary.content
    free = replace(card, target="")
    read = partial(
        read_rows,
        given.content,
        free,
        vocabulary=words,
        name=given.name,
        by_name=by_name(card),
    )
    try:
        return _once(_COLUMNS, _data_key(given, free, vocabulary), read).possible
    except ImportRefused:
        return ()


def draft_key(file: ModelFile, card: Card, rows: Rows | None) -> str:
    """Return the content key of model file, card, data and vocabulary together."""
    contents = [] if rows is None else [rows.file.content]
    if rows is not None and rows.vocabulary is not None:
        contents.append(rows.vocabulary.content)
    return loaded.key_of(file.sha256, card_bytes(card), *contents)


def draft_subject(
    key: str, file: ModelFile, network: Lifted, card: Card, rows: Rows | None
) -> Subject:
    """Return what is pruned and explained: network, samples and card together.

    Raises:
        ImportRefused: they do not fit together.
    """
    data = None if rows is None else rows.data
    return _once(_SUBJECT, key, lambda: subject_from(file, card, data, network=network))


def subject_drafted(key: str) -> Subject | None:
    """Return the subject that was made for a key; what a button does asks here and holds none."""
    return st.session_state[_SUBJECT][1] if _is_made(_SUBJECT, key) else None


def rows_drafted() -> Rows | None:
    """Return the rows that were read last."""
    kept = st.session_state.get(_DATA)
    return kept[1] if kept is not None and isinstance(kept[1], Rows) else None


def look_of(key: str, subject: Subject) -> FirstLook:
    """Return what the network says about its first samples."""
    return _once(_LOOK, key, lambda: first_look(subject))
