"""The fields of a model card: what each is called, where it means anything, and how it is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import streamlit as st

from explain.core.messages import say
from models.loading.card.model_card import (
    BASELINES,
    LAYOUTS,
    METRICS,
    MODALITIES,
    OUTPUTS,
    TASKS,
    Card,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its path on the card, under which messages say what it is called.

    `kind`: "choice" of `choices`, "text", "number", "numbers" and "sizes" apart by commas, "lines"
    one a line. `noted`: whether there is more to say. `modality`: where it means anything, empty
    for everywhere.
    """

    path: str
    kind: str = "choice"
    noted: bool = False
    choices: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()


_NUMBERS, _TABLES = ("tabular", "image", "series"), ("tabular", "text")

FIELDS: tuple[Field, ...] = (
    Field(path="modality", choices=MODALITIES),
    Field(path="input.shape", kind="sizes", noted=True, modality=("", *_NUMBERS)),
    Field(path="task", choices=TASKS),
    Field(path="output", choices=OUTPUTS),
    Field(path="labels", kind="lines", noted=True),
    Field(path="preprocess.tokenizer", choices=("shipped", "vocab.txt"), modality=("text",)),
    Field(path="title", kind="text"),
    Field(path="target", kind="text", noted=True, modality=_TABLES),
    Field(path="groups", kind="lines", noted=True, modality=_TABLES),
    Field(path="input.features", kind="lines", noted=True, modality=("tabular",)),
    Field(path="input.questions", kind="lines", noted=True, modality=("tabular",)),
    Field(path="preprocess.mean", kind="numbers", noted=True, modality=_NUMBERS),
    Field(path="preprocess.std", kind="numbers", noted=True, modality=_NUMBERS),
    Field(path="preprocess.scale", kind="number", noted=True, modality=_NUMBERS),
    Field(path="preprocess.resize", kind="sizes", noted=True, modality=("image",)),
    Field(path="input.layout", choices=LAYOUTS, modality=("image",)),
    Field(path="baseline", choices=BASELINES),
    Field(path="metric", choices=METRICS, noted=True),
    Field(path="purpose", kind="text"),
)


def fitting(card: Card, typed: Mapping[str, Any]) -> list[Field]:
    """Return the fields that mean anything for a card on which somebody typed this."""
    modality = typed.get("modality", card.modality)
    values = "regression" in {card.task, typed.get("task")}
    found = [one for one in FIELDS if not one.modality or modality in one.modality]
    return [one for one in found if one.path != "labels" or not values]


def ask(one: Field, key: str) -> Any:
    """Show the widget of a field, whose state lies under `key`; return what it says as plain JSON.

    `shown_as` is what its state must be.
    """
    title = say("load.field", path=one.path)
    note = say("load.field_help", path=one.path) if one.noted else None
    if one.kind == "choice":
        return st.selectbox(
            title,
            one.choices,
            index=None,
            format_func=lambda value: say("load.choice", path=one.path, value=value),
            key=key,
            help=note,
            placeholder=say("load.not_said"),
        )
    if one.kind == "lines":
        text = st.text_area(title, key=key, help=note, height=110)
        return [line.strip() for line in text.splitlines() if line.strip()]
    return _READ[one.kind](st.text_input(title, key=key, help=note).strip())


def shown_as(one: Field, value: Any) -> str | None:
    """Return a value as the widget of its field shows it."""
    if one.kind == "choice":
        return value if value in one.choices else None
    if isinstance(value, (tuple, list)):
        return ("\n" if one.kind == "lines" else ", ").join(map(str, value))
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
