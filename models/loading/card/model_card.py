"""The model card: what a file of a user does not say by itself, as `model_card.json`."""

import codecs
import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, cast

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.card.json_fields import Fields
from models.loading.card.transformers_config import fields_of_config, is_config
from models.loading.limits import Limits
from models.loading.strict_json import parse_json

TASKS = ("classification", "multilabel", "regression")
MODALITIES = ("tabular", "image", "text", "series")
OUTPUTS = ("logits", "probabilities", "logit1", "multilabel", "value")
LAYOUTS = ("NCHW", "NHWC")
BASELINES = ("zeros", "mean", "blur", "pad")
METRICS = ("accuracy", "balanced-accuracy", "auc", "macro-f1", "label-accuracy", "r2")
TYPES = ("float32", "float64", "float16", "int64", "int32", "bool", "uint8")
COLOURS = ("RGB", "BGR")
FILTERS = ("bilinear", "bicubic", "nearest")
SCHEMA = 1
"""The version of the card that is written; `"schema"` of a file must be this or missing."""

_WORDS = 2_000
"""Characters of a sentence."""
_SENTENCES = 50
_RANK = 8
_SIDE = 100_000
_OF_TASK = {"multilabel": "multilabel", "value": "regression", "logit1": "classification"}


Held = float | str | tuple[str, ...]
"""What an input is held at: a number, or where the data have it, an array or columns by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardInput:
    """What the network takes.

    `names`: one per input, in order ("input_ids", "attention_mask"). `shape`: of one sample, as the
    network takes it. `layout` of images. `features`: the columns of a table, in order; `questions`:
    for each the question that it answers, where several (the levels of a category) answer one.
    """

    names: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    dtype: str = ""
    layout: Literal["", "NCHW", "NHWC"] = ""
    features: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocess:
    """What happens to a raw value first: (value · scale - mean) / std.

    `mean` and `std`: one number, one per channel of an image, or one per feature. `scale` is 1/255
    for images and 1 for anything else where it is None. `resize`: [height, width], or one number
    for the shorter side followed by a cut from the centre; () stretches to the input's shape.
    `tokenizer`: "shipped" or the name of the user's file; `lower` whether a WordPiece tokenizer
    puts letters in lower case (None: what its file says, else yes); `length`: tokens of a text.
    """

    scale: float | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    resize: tuple[int, ...] = ()
    interpolation: Literal["", "bilinear", "bicubic", "nearest"] = ""
    colours: Literal["", "RGB", "BGR"] = ""
    tokenizer: str = ""
    lower: bool | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedArchitecture:
    """The network behind bare weights: a name of the registry and its parameters (plain JSON)."""

    name: str
    params: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What the numbers of a network mean; empty fields are unknown.

    `held`: of several inputs, those that are not varied and explained, by name: a number, or the
    array or the columns of the data that hold their values.
    `part`: which of several networks in the file this is; `output_name`: which of several values
    that the network returns is its answer. `output`:
    "logits" or "probabilities" one per class, "logit1" one for two classes, "multilabel"
    one logit per label, "value" a number. `labels`: names in the order of the outputs. `target`:
    the column with the answer; `groups`: columns that divide the rows, features too where both name
    them. `metric`: the key of the headline metric, empty for the usual one. `cut`: the logit above
    which a single output decides for the second label; a probability where `output` says so.
    `tolerance`: a value of a regression counts as changed beyond it. `warnings` say what was read
    and not understood.
    """

    title: str = ""
    task: Literal["", "classification", "multilabel", "regression"] = ""
    modality: Literal["", "tabular", "image", "text", "series"] = ""
    input: CardInput = CardInput()
    preprocess: Preprocess = Preprocess()
    labels: tuple[str, ...] = ()
    output: Literal["", "logits", "probabilities", "logit1", "multilabel", "value"] = ""
    held: Mapping[str, Held] = field(default_factory=lambda: MappingProxyType({}))
    output_name: str = ""
    part: str = ""
    baseline: Literal["", "zeros", "mean", "blur", "pad"] = ""
    target: str = ""
    groups: tuple[str, ...] = ()
    metric: str = ""
    cut: float | None = None
    tolerance: float | None = None
    architecture: NamedArchitecture | None = None
    purpose: str = ""
    not_for: str = ""
    source: str = ""
    authors: str = ""
    licence: str = ""
    limits: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sha256: str = ""
    warnings: tuple[Message, ...] = ()


def read_card(data: bytes | Mapping[str, object], limits: Limits) -> Card:
    """Return the card in a file, or in a mapping of plain JSON values.

    Every field is optional. Unknown fields are named in `warnings`. A `config.json` of Transformers
    is read as a card too.

    Raises:
        ImportRefused: no JSON object, too large, or fields of the wrong type or size: all of them
            in words, each with its path ("input.shape[1] must be a whole number ...").
    """
    found = _parsed(data, limits) if isinstance(data, bytes) else data
    fields = Fields(fields_of_config(found) if is_config(found) else found)
    card = _card(fields, limits)
    _check_meaning(fields, card)
    fields.check()
    return dataclasses.replace(card, warnings=_warnings(fields))


def card_bytes(card: Card) -> bytes:
    """Return the card as the bytes of a `model_card.json`, without its empty fields."""
    found = {"schema": SCHEMA, **cast("dict[str, object]", _plain(card))}
    found.pop("warnings", None)
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def _parsed(data: bytes, limits: Limits) -> Mapping[str, object]:
    found = parse_json(data.removeprefix(codecs.BOM_UTF8), limits.card_bytes)
    if not isinstance(found, dict):
        raise ImportRefused("loading.card.no_object")
    return found


def _card(fields: Fields, limits: Limits) -> Card:
    """Return the card, with problems left in `fields`."""
    short, labels = limits.name_characters, limits.label_characters
    if fields.plain("schema") not in (None, SCHEMA):
        fields.problem("schema", "loading.card.fields.schema", version=SCHEMA)
    return Card(
        title=fields.text("title", short),
        task=cast("Literal['']", fields.choice("task", TASKS)),
        modality=cast("Literal['']", fields.choice("modality", MODALITIES)),
        input=_input(fields.inside("input"), limits),
        preprocess=_preprocess(fields.inside("preprocess"), limits),
        labels=fields.texts("labels", most=limits.classes, limit=labels, different=True),
        output=cast("Literal['']", fields.choice("output", OUTPUTS)),
        held=_held(fields, limits),
        output_name=fields.text("output_name", short),
        part=fields.text("part", short),
        baseline=cast("Literal['']", fields.choice("baseline", BASELINES)),
        target=fields.text("target", short),
        groups=fields.texts("groups", most=limits.csv_columns, limit=short, different=True),
        metric=fields.choice("metric", METRICS),
        cut=fields.number("cut"),
        tolerance=fields.number("tolerance"),
        architecture=_architecture(fields, limits),
        purpose=fields.text("purpose", _WORDS),
        not_for=fields.text("not_for", _WORDS),
        source=fields.text("source", _WORDS),
        authors=fields.text("authors", _WORDS),
        licence=fields.text("licence", _WORDS),
        limits=fields.texts("limits", most=_SENTENCES, limit=_WORDS),
        notes=fields.texts("notes", most=_SENTENCES, limit=_WORDS),
        sha256=fields.text("sha256", 64).lower(),
    )


def _held(fields: Fields, limits: Limits) -> Mapping[str, Held]:
    """Return what inputs are held at: one number each, or names in the data."""
    told = fields.plain("held")
    if not isinstance(told, (Mapping, type(None))) or len(told or {}) > limits.inputs:
        fields.problem("held", "loading.card.fields.held", most=limits.inputs)
        return MappingProxyType({})
    inside = fields.inside("held")
    found = {str(name): _held_at(inside, str(name), limits) for name in told or {}}
    return MappingProxyType({name: value for name, value in found.items() if value is not None})


def _held_at(fields: Fields, name: str, limits: Limits) -> Held | None:
    value = fields.plain(name)
    if isinstance(value, (list, tuple)):
        return fields.texts(name, most=limits.csv_columns, limit=limits.name_characters) or None
    if isinstance(value, str):
        return fields.text(name, limits.name_characters) or None
    return fields.number(name)


def _input(fields: Fields, limits: Limits) -> CardInput:
    short, columns = limits.name_characters, limits.csv_columns
    return CardInput(
        names=fields.texts("names", most=_RANK, limit=short, different=True),
        shape=fields.sizes("shape", longest=_RANK, most=limits.elements),
        dtype=fields.choice("dtype", TYPES),
        layout=cast("Literal['']", fields.choice("layout", LAYOUTS)),
        features=fields.texts("features", most=columns, limit=short, different=True),
        questions=fields.texts("questions", most=columns, limit=short),
    )


def _preprocess(fields: Fields, limits: Limits) -> Preprocess:
    length = fields.sizes("length", longest=1, most=limits.sequence)
    return Preprocess(
        scale=fields.number("scale"),
        mean=fields.numbers("mean", most=limits.csv_columns),
        std=fields.numbers("std", most=limits.csv_columns),
        resize=fields.sizes("resize", longest=2, most=_SIDE),
        interpolation=cast("Literal['']", fields.choice("interpolation", FILTERS)),
        colours=cast("Literal['']", fields.choice("colours", COLOURS)),
        tokenizer=fields.text("tokenizer", limits.name_characters),
        lower=fields.flag("lower"),
        length=length[0] if length else None,
    )


def _architecture(fields: Fields, limits: Limits) -> NamedArchitecture | None:
    """Return the architecture; its parameters are checked by the registry."""
    if fields.plain("architecture") is None:
        return None
    inside = fields.inside("architecture")
    params = inside.plain("params")
    if not isinstance(params, (Mapping, type(None))):
        inside.problem("params", "loading.card.fields.no_object")
        params = None
    name = inside.text("name", limits.name_characters)
    if not name:
        inside.problem("name", "loading.card.fields.missing")
    return NamedArchitecture(name=name, params=MappingProxyType(dict(params or {})))


def _check_meaning(fields: Fields, card: Card) -> None:
    """Note fields that contradict each other."""
    of_output = _OF_TASK.get(card.output, card.task)
    if card.task and of_output != card.task:
        fields.problem(
            "output", "loading.card.fields.other_task", output=card.output, task=card.task
        )
    if card.task == "regression" and card.output in {"logits", "probabilities"}:
        fields.problem("output", "loading.card.fields.output_of_regression", output=card.output)
    if card.output == "logit1" and len(card.labels) not in {0, 2}:
        fields.problem("labels", "loading.card.fields.labels_of_one_logit", count=len(card.labels))
    if any(value <= 0 for value in card.preprocess.std):
        fields.problem("preprocess.std", "loading.card.fields.not_above_zero")
    if card.tolerance is not None and card.tolerance < 0:
        fields.problem("tolerance", "loading.card.fields.below_zero")
    if card.preprocess.scale is not None and card.preprocess.scale == 0:
        fields.problem("preprocess.scale", "loading.card.fields.zero")
    asked, features = len(card.input.questions), len(card.input.features)
    if asked not in {0, features}:
        fields.problem(
            "input.questions", "loading.card.fields.questions", count=asked, features=features
        )
    if card.target and card.target in (*card.groups, *card.input.features):
        fields.problem("target", "loading.card.fields.two_roles")


def _warnings(fields: Fields) -> tuple[Message, ...]:
    """Return a sentence about every field that nobody knows."""
    found = fields.unknown()
    if not found:
        return ()
    named = listed(found, 8)
    return (Message("loading.card.unknown_fields", count=len(found), fields=named),)


def _plain(value: object) -> object:
    """Return a value as plain JSON without empty fields."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {name: found for name, found in named.items() if found not in (None, "", [], {})}
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (tuple, list)) else value
