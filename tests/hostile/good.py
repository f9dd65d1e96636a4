"""Good files of every format, small: what the fuzzer changes."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from safetensors.torch import save

from explain.core.errors import ImportRefused
from models.loading.card.model_card import Card, CardInput, Preprocess, read_card
from models.loading.data.arrays import read_arrays
from models.loading.data.images import read_images
from models.loading.data.tables import read_table
from models.loading.data.texts import read_texts
from models.loading.data.tokens.reading import read_tokenizer
from models.loading.limits import LIMITS
from models.loading.processes.jobs import read_model, reading_from
from tests.hostile.made.arrays import good_arrays
from tests.hostile.made.hubs import good_hub
from tests.hostile.made.images import good_picture
from tests.hostile.made.old_words import good_branch, good_old
from tests.hostile.made.tokenizers import good_tokenizer
from tests.hostile.made.zips import good_pictures
from tests.hostile.parts.graphs import good_onnx
from tests.hostile.parts.pickling import mapping, old_file, pickled, tensor
from tests.hostile.parts.programs import good_pt2
from tests.loading.hub_folders import CONFIG
from tests.network.zoo import ZOO

_TABLE = Card(modality="tabular", task="classification")
_PICTURES = Card(modality="image", task="classification", input=CardInput(shape=(3, 8, 8)))
_ARRAYS = Card(modality="tabular", task="classification", input=CardInput(shape=(6,)))
_WORDS = Preprocess(tokenizer="shipped", length=16)
_OWN_WORDS = Card(modality="text", preprocess=Preprocess(length=16))
_TEXTS = Card(modality="text", task="classification", preprocess=_WORDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A file that is taken: how to make it, what its bytes mean, and who takes it."""

    make: Callable[[], bytes]
    kind: str
    take: Callable[[bytes], object]


def taken(good: Good, data: bytes) -> str:
    """Return "" where a file is read or refused, else what escaped."""
    try:
        good.take(data)
    except ImportRefused as refusal:
        return "" if refusal.reason and refusal.hint else f"a refusal without words: {refusal!r}"
    except Exception as error:  # noqa: BLE001 - every other error is what we look for
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def _model(data: bytes) -> None:
    """Read as the child does, then check as the parent does."""
    found, tensors = read_model(data, {}, LIMITS)
    reading_from(found, tensors, LIMITS)


def _read_with(data: bytes) -> None:
    """Read a text with a tokenizer."""
    read_tokenizer(data, _OWN_WORDS, LIMITS).ids("a cab, abc " * 20)


def _state() -> dict[str, torch.Tensor]:
    return ZOO["mlp"].build().state_dict()


def _checkpoint(content: object) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def _old_checkpoint() -> bytes:
    """Return what torch wrote before 1.6, with keys that are no addresses of this run."""
    state = {"0.weight": tensor("0", (3, 6)), "0.bias": tensor("1", (3,))}
    held = [("0", 18, bytes(72)), ("1", 3, bytes(12))]
    return old_file(pickled(mapping({"model": mapping(state)})), held)


def _weights() -> bytes:
    card = {"schema": 1, "title": "MLP", "architecture": {"name": "mlp", "params": {}}}
    return bytes(save(_state(), metadata={"model_card": json.dumps(card)}))


def _card() -> bytes:
    card = {
        "schema": 1,
        "title": "a",
        "task": "classification",
        "modality": "image",
        "input": {"shape": [3, 8, 8], "layout": "NCHW", "names": ["x"]},
        "preprocess": {"mean": [0.5, 0.5, 0.5], "std": [0.2, 0.2, 0.2], "resize": [8, 8]},
        "labels": ["a", "b"],
        "output": "logits",
        "baseline": "mean",
        "architecture": {"name": "mlp", "params": {"in": 3}},
    }
    return json.dumps(card).encode()


def _rows() -> bytes:
    return b"a,b,c,label\n" + b"".join(b"%d,2.5,-1e3,%c\n" % (n, 97 + n % 3) for n in range(30))


def _lines() -> bytes:
    return b"text,label\n" + b'win money now,spam\n"hello, friend",ham\n' * 10


GOOD: Mapping[str, Good] = {
    "pt2": Good(make=good_pt2, kind="archive", take=_model),
    "pt2-lstm": Good(make=lambda: good_pt2("lstm"), kind="archive", take=_model),
    "pt2-residual": Good(make=lambda: good_pt2("residual"), kind="archive", take=_model),
    "onnx": Good(
        make=lambda: good_onnx().SerializeToString(deterministic=True), kind="onnx", take=_model
    ),
    "safetensors": Good(make=_weights, kind="safetensors", take=_model),
    "state-dict": Good(make=lambda: _checkpoint(_state()), kind="archive", take=_model),
    "checkpoint": Good(
        make=lambda: _checkpoint({"state_dict": _state(), "epoch": 3, "name": "a"}),
        kind="archive",
        take=_model,
    ),
    "old-checkpoint": Good(make=_old_checkpoint, kind="bytes", take=_model),
    "hub-folder": Good(make=good_hub, kind="archive", take=_model),
    "onnx-branch": Good(make=good_branch, kind="onnx", take=_model),
    "onnx-old": Good(make=good_old, kind="onnx", take=_model),
    "tokenizer": Good(make=good_tokenizer, kind="json", take=_read_with),
    "config": Good(
        make=lambda: json.dumps(CONFIG).encode(),
        kind="json",
        take=lambda data: read_card(data, LIMITS),
    ),
    "card": Good(make=_card, kind="json", take=lambda data: read_card(data, LIMITS)),
    "table": Good(make=_rows, kind="table", take=lambda data: read_table(data, _TABLE, LIMITS)),
    "texts": Good(make=_lines, kind="table", take=lambda data: read_texts(data, _TEXTS, LIMITS)),
    "pictures": Good(
        make=good_pictures, kind="archive", take=lambda data: read_images(data, _PICTURES, LIMITS)
    ),
    "picture": Good(
        make=good_picture, kind="bytes", take=lambda data: read_images(data, _PICTURES, LIMITS)
    ),
    "arrays": Good(
        make=good_arrays, kind="archive", take=lambda data: read_arrays(data, _ARRAYS, LIMITS)
    ),
}
