"""The fields of a model card as widgets: what each is called, and how its text is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import streamlit as st

from models.loading.card.model_card import BASELINES, MODALITIES, OUTPUTS, TASKS, Card
from pages._shell.plain import plain

__all__ = ["FIELDS", "Field", "ask", "value_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its path on the card, and what it is called.

    `kind`: "choice" of `choices` (value -> title), "text", "number", "numbers" and "sizes" apart by
    commas, "lines" one a line. `modality`: where it means anything, empty for everywhere.
    """

    path: str
    title: str
    kind: str
    note: str = ""
    choices: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    modality: tuple[str, ...] = ()


def _choice(path: str, title: str, choices: Mapping[str, str], *modality: str) -> Field:
    return Field(path=path, title=title, kind="choice", choices=choices, modality=modality)


_OUTPUTS = (
    "logits, one a class",
    "probabilities, one a class",
    "one logit between two classes",
    "one logit a label",
    "a value",
)
_TASKS = ("one class of several", "several labels at once", "a value")
_MODALITIES = ("a table of numbers", "pictures", "texts", "series or anything else")

FIELDS: tuple[Field, ...] = (
    _choice("modality", "The network takes", dict(zip(MODALITIES, _MODALITIES, strict=True))),
    Field(
        path="input.shape",
        title="Shape of one sample",
        kind="sizes",
        note="As the network takes it, without the number of rows: 3, 32, 32.",
    ),
    _choice("task", "It answers with", dict(zip(TASKS, _TASKS, strict=True))),
    _choice("output", "Its outputs are", dict(zip(OUTPUTS, _OUTPUTS, strict=True))),
    Field(
        path="labels",
        title="Names of the classes, one a line",
        kind="lines",
        note="In the order of the outputs.",
    ),
    _choice(
        "preprocess.tokenizer",
        "Tokenizer",
        {"shipped": "the vocabulary shipped here", "vocab.txt": "a file of mine"},
        "text",
    ),
    Field(path="title", title="Title", kind="text"),
    Field(
        path="target",
        title="Column with the answer",
        kind="text",
        note="Of the data file; empty for the usual names, such as label.",
    ),
    Field(
        path="groups",
        title="Columns that only divide the rows, one a line",
        kind="lines",
        note="Hospital, sex, site: shown as groups, not given to the network.",
    ),
    Field(
        path="input.features",
        title="Columns that the network takes, one a line",
        kind="lines",
        note="In the order of the inputs; empty for all others in the order of the file.",
        modality=("tabular",),
    ),
    Field(
        path="preprocess.mean",
        title="Mean, taken off first",
        kind="numbers",
        note="One number, one a colour or one a column, apart by commas.",
    ),
    Field(
        path="preprocess.std",
        title="Deviation, divided by",
        kind="numbers",
        note="As many numbers as the mean has.",
    ),
    Field(
        path="preprocess.scale",
        title="Scale of raw values, before that",
        kind="number",
        note="Empty: 1/255 for pictures, 1 for anything else.",
    ),
    Field(
        path="preprocess.resize",
        title="Size that pictures get",
        kind="sizes",
        note="Height, width; or one number for the shorter side, then a cut from the centre.",
        modality=("image",),
    ),
    _choice("input.layout", "Colours stand", {"NCHW": "first", "NHWC": "last"}, "image"),
    _choice("baseline", "What stands for “nothing there”", {key: key for key in BASELINES}),
    Field(path="purpose", title="What it is for", kind="text"),
)


def ask(one: Field, now: Any) -> Any:
    """Show the widget of a field, filled with a value; return what it says as plain JSON."""
    key, title, note = f"load-field-{one.path}", plain(one.title), plain(one.note)
    if one.kind == "choice":
        keys = list(one.choices)
        return st.selectbox(
            title,
            keys,
            index=keys.index(now) if now in keys else None,
            format_func=lambda value: one.choices[value],
            key=key,
            help=note,
            placeholder="not said",
        )
    if one.kind == "lines":
        text = st.text_area(title, "\n".join(now or ()), key=key, help=note, height=110)
        return [line.strip() for line in text.splitlines() if line.strip()]
    return _READ[one.kind](st.text_input(title, _as_text(now), key=key, help=note).strip())


def _as_text(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _number(text: str) -> float | str | None:
    """Return a number, or the text for the card's reader to name."""
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _numbers(text: str) -> list[float | str | None]:
    return [_number(part.strip()) for part in text.split(",") if part.strip()]


def _sizes(text: str) -> list[int | str]:
    parts = [part.strip() for part in text.replace("x", ",").split(",") if part.strip()]
    return [int(part) if part.isascii() and part.isdigit() else part for part in parts]


_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {"text": str, "number": _number, "numbers": _numbers, "sizes": _sizes}
)


def value_of(card: Card, path: str) -> Any:
    """Return a field of a card by its path."""
    found: Any = card
    for name in path.split("."):
        found = getattr(found, name)
    return found
