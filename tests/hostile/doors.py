"""Where files of people come in: each door takes bytes as the app does, through the child."""

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType

from safetensors.torch import save

from models.loading.assembling.subject import subject_from
from models.loading.card.model_card import Card, read_card
from models.loading.data.beside import Beside, ByName
from models.loading.limits import LIMITS, Limits
from models.loading.loading import known_of, load_file, read_rows
from models.loading.opening import open_model
from tests.hostile.record import Hostile
from tests.network.zoo import ZOO

LESS = dataclasses.replace(LIMITS, child_bytes=1 << 30, child_seconds=20, wall_seconds=20)
"""The limits that hostile files get: 1 GB and 20 s."""

COUNTED = dataclasses.replace(LIMITS, child_bytes=300_000_000, child_seconds=2)
"""What those get that a count is to end: no clock is that fast, and memory would say so."""


def _limits(record: Hostile) -> Limits:
    return COUNTED if record.counted else LESS


_CARDS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "table": {"modality": "tabular", "task": "classification"},
        "texts": {
            "modality": "text",
            "task": "classification",
            "preprocess": {"tokenizer": "shipped", "length": 16},
        },
        "images": {"modality": "image", "task": "classification", "input": {"shape": [3, 8, 8]}},
        "arrays": {"modality": "tabular", "task": "classification", "input": {"shape": [6]}},
    }
)


def enter(record: Hostile, data: bytes) -> object:
    """Take a file in at its door, as far as it goes."""
    return _DOORS[record.door](record, data)


def _model(record: Hostile, data: bytes) -> object:
    """Open a file; a network becomes a subject without data."""
    opened = open_model(data, limits=_limits(record))
    if opened.network is None:
        return opened
    known = known_of(opened, Card() if opened.card is None else read_card(opened.card, LIMITS))
    return subject_from(opened, known.card, None)


def _weights(_: Hostile, data: bytes) -> object:
    """Put good weights into what a card asks for."""
    return load_file(bytes(save(ZOO["mlp"].build().state_dict())), card=data, limits=LESS)


def _named(record: Hostile, data: bytes) -> object:
    """Put weights into the family that the card names."""
    return load_file(data, card=record.card, limits=_limits(record))


def _folder(record: Hostile, data: bytes) -> object:
    """Open a folder whole: weights, what is beside them, the architecture that it names."""
    return load_file(data, limits=_limits(record))


def _card(_: Hostile, data: bytes) -> object:
    return read_card(data, LESS)


def _rows(record: Hostile, data: bytes) -> object:
    return read_rows(data, read_card(_CARDS[record.door], LESS), limits=_limits(record))


_BESIDE = Beside(name="beside", source=("beside",), shape=(3,))


def _by_name(record: Hostile, data: bytes) -> object:
    """Read arrays for a network that takes another input beside the first."""
    card = read_card(_CARDS["arrays"], LESS)
    return read_rows(data, card, by_name=ByName(beside=(_BESIDE,)), limits=_limits(record))


def _tokenizer(record: Hostile, data: bytes) -> object:
    """Read texts, long and short ones, with the tokenizer of a stranger."""
    card = read_card({"modality": "text", "preprocess": {"length": 16}}, LESS)
    texts = "\n".join(("text", "a", "a" * 50_000, "abc " * 10_000, "the cat"))
    return read_rows(texts.encode(), card, vocabulary=data, limits=_limits(record))


_DOORS: Mapping[str, Callable[[Hostile, bytes], object]] = MappingProxyType(
    {
        "model": _model,
        "weights": _weights,
        "named": _named,
        "folder": _folder,
        "card": _card,
        "table": _rows,
        "texts": _rows,
        "tokenizer": _tokenizer,
        "images": _rows,
        "arrays": _rows,
        "inputs": _by_name,
    }
)
