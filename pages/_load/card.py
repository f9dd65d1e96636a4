"""Second step: the model card, found or filled in field by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import streamlit as st

from explain import ImportRefused
from explain.core import Parameter
from explain.core.messages import say
from explain.network import Lifted
from models.loading.card.describing import completed, guessed, unknown_fields
from models.loading.card.model_card import (
    BASELINES,
    LAYOUTS,
    MODALITIES,
    OUTPUTS,
    TASKS,
    Card,
    card_bytes,
)
from models.loading.limits import LIMITS
from models.loading.opening import ModelFile
from models.registry import Candidate, architecture, candidates
from pages._load.drafts import (
    answers,
    answers_kept,
    form_is_read,
    known_card,
    network_of,
    says_more,
    whole_card,
)
from pages._load.file import show_refusal
from pages._load.uploads import upload
from pages._shell.charts import plain
from pages._shell.panel import boundary


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


FIELDS: tuple[Field, ...] = (
    Field(path="modality", choices=MODALITIES),
    Field(path="input.shape", kind="sizes", noted=True),
    Field(path="task", choices=TASKS),
    Field(path="output", choices=OUTPUTS),
    Field(path="labels", kind="lines", noted=True),
    Field(path="preprocess.tokenizer", choices=("shipped", "vocab.txt"), modality=("text",)),
    Field(path="title", kind="text"),
    Field(path="target", kind="text", noted=True),
    Field(path="groups", kind="lines", noted=True),
    Field(path="input.features", kind="lines", noted=True, modality=("tabular",)),
    Field(path="preprocess.mean", kind="numbers", noted=True),
    Field(path="preprocess.std", kind="numbers", noted=True),
    Field(path="preprocess.scale", kind="number", noted=True),
    Field(path="preprocess.resize", kind="sizes", noted=True, modality=("image",)),
    Field(path="input.layout", choices=LAYOUTS, modality=("image",)),
    Field(path="baseline", choices=BASELINES),
    Field(path="purpose", kind="text"),
)


def ask(one: Field, now: Any) -> Any:
    """Show the widget of a field, filled with a value; return what it says as plain JSON."""
    key, title = f"load-field-{one.path}", say("load.field", path=one.path)
    note = say("load.field_help", path=one.path) if one.noted else None
    if one.kind == "choice":
        return st.selectbox(
            title,
            one.choices,
            index=one.choices.index(now) if now in one.choices else None,
            format_func=lambda value: say("load.choice", path=one.path, value=value),
            key=key,
            help=note,
            placeholder=say("load.not_said"),
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
    network = _network(file, known)
    if network is None:
        return None
    guess = guessed(network)
    _form(known, completed(known, guess))
    card = whole_card(known, network, answers_kept())
    _said(known, card)
    return network, card


def _known(file: ModelFile) -> Card:
    """Return the card in the file, with the one beside it where there is one."""
    label = say("load.card.missing" if file.card is None else "load.card.found")
    with st.popover(label, type="tertiary", key="load-beside"):
        beside = upload("load-card", say("load.card.beside"), most=LIMITS.card_bytes)
    return known_card(file, None if beside is None else beside.content)


def _network(file: ModelFile, known: Card) -> Lifted | None:
    if file.network is not None:
        return file.network
    _classes(file)
    found = candidates(file.tensors)
    if known.architecture is not None and not found:
        return network_of(file, known.architecture.name, known.architecture.params)
    if not found:
        show_refusal(ImportRefused("load.card.no_architecture", tensors=len(file.tensors)))
        return None
    return _chosen(file, known, {guess.name: guess for guess in found})


def _classes(file: ModelFile) -> None:
    if file.classes:
        names = [plain(name) for name in file.classes[:5]]
        said = say("load.card.classes", classes=names, tensors=len(file.tensors))
        st.markdown(f":small[{said}]")


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


def _form(known: Card, shown: Card) -> None:
    """Ask for what nobody said, filled with what the network tells; the rest on demand."""
    asked = unknown_fields(known)
    typed = answers_kept()
    with st.form("load-card-form"):
        fitting = [one for one in FIELDS if not one.modality or shown.modality in one.modality]
        first = [one for one in fitting if one.path in asked]
        said = {one.path: _asked(one, shown, typed) for one in first}
        if not first:
            st.markdown(say("load.card.complete"))
        with st.expander(say("load.card.more")):
            said |= {one.path: _asked(one, shown, typed) for one in fitting if one not in first}
        pressed = st.form_submit_button(say("load.card.use"), type="secondary")
    if pressed or says_more(shown, said):
        answers({p: value for p, value in said.items() if _differs(shown, p, value)})
    form_is_read(shown, said)


def _asked(one: Field, shown: Card, typed: Mapping[str, Any]) -> Any:
    return ask(one, typed.get(one.path, value_of(shown, one.path)))


def _differs(shown: Card, path: str, value: Any) -> bool:
    now = value_of(shown, path)
    return value not in (None, "", []) and value != (list(now) if isinstance(now, tuple) else now)


def _said(known: Card, card: Card) -> None:
    row = st.container(horizontal=True, vertical_alignment="center", gap="small")
    unknown = unknown_fields(card)
    missing = [say("load.field", path=one.path) for one in FIELDS if one.path in unknown]
    note = say("load.card.open", fields=missing) if missing else _summary(card)
    row.markdown(f":small[{note}]", width="stretch")
    row.download_button(
        say("load.card.download"),
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
