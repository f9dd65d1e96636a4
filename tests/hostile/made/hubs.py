"""Hostile folders as Transformers saves them, zipped, and what their config.json may say."""

import json
from collections.abc import Callable
from pathlib import Path

from safetensors.torch import save

from tests.hostile.parts import calls
from tests.hostile.parts.graphs import good_onnx
from tests.hostile.parts.pickling import pickled
from tests.hostile.parts.zips import Entry, deflated_zeros, zipped
from tests.hostile.record import Hostile
from tests.loading.hub_folders import CONFIG, hub_folder
from tests.network.zoo import ZOO

_WEIGHTS, _CONFIG = "net/model.safetensors", "net/config.json"


def good_hub() -> bytes:
    """Return the smallest such folder: weights, a config of another kind, a vocabulary."""
    config = json.dumps({**CONFIG, "model_type": "mlp"}).encode()
    words = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nwin\nmoney"
    beside = (Entry(name=_CONFIG, data=config), Entry(name="net/vocab.txt", data=words))
    return zipped([Entry(name=_WEIGHTS, data=_weights()), *beside])


def _weights() -> bytes:
    return bytes(save(ZOO["mlp"].build().state_dict()))


def _of(*entries: Entry) -> Callable[[Path], bytes]:
    return lambda _: zipped(entries)


def _beside(config: bytes) -> Callable[[Path], bytes]:
    return lambda _: zipped(
        [Entry(name=_WEIGHTS, data=_weights()), Entry(name=_CONFIG, data=config)]
    )


def _bert(**changes: object) -> Callable[[Path], bytes]:
    """Return a good BERT whose config says something else."""
    config = json.dumps({**CONFIG, **changes}).encode()

    def make(_: Path) -> bytes:
        files = {**hub_folder(), "config.json": config}
        return zipped([Entry(name=f"net/{name}", data=data) for name, data in files.items()])

    return make


def _program(marker: Path) -> bytes:
    return zipped([Entry(name="net/pytorch_model.bin", data=pickled(calls.opened(marker)))])


def _archive_inside(_: Path) -> bytes:
    return zipped([Entry(name=_WEIGHTS, data=zipped([Entry(name=_WEIGHTS, data=_weights())]))])


HUBS: tuple[Hostile, ...] = tuple(
    Hostile(
        key=f"hub-{key}",
        row=row,
        door="folder",
        attack=attack,
        make=make,
        says=says,
        counted=True,
    )
    for key, row, attack, make, says in (
        (
            "climbing",
            "zip-names",
            "weights above their folder",
            _of(Entry(name="../model.safetensors", data=b"")),
            ("no plain relative path",),
        ),
        (
            "absolute",
            "zip-names",
            "weights at an absolute path",
            _of(Entry(name="/net/model.safetensors", data=b"")),
            ("no plain relative path",),
        ),
        (
            "archive",
            "zip-contents",
            "an archive that is called weights",
            _archive_inside,
            ("net/model.safetensors",),
        ),
        (
            "graph",
            "zip-contents",
            "a whole network that is called weights",
            _of(Entry(name=_WEIGHTS, data=good_onnx().SerializeToString(deterministic=True))),
            ("no plain weights",),
        ),
        (
            "thousands",
            "zip-contents",
            "5,000 networks in one archive",
            _of(*(Entry(name=f"{n}/model.safetensors") for n in range(5_000))),
            ("5,000 networks",),
        ),
        ("program", "pickles", "a pickle that is called weights", _program, ("pickle",)),
        (
            "config-deep",
            "json",
            "a config of 50,000 lists in each other",
            _beside(b'{"model_type": "bert", "a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
            ("nested", "config.json"),
        ),
        (
            "config-twice",
            "json",
            "a config with two kinds",
            _beside(b'{"model_type": "bert", "model_type": "mlp"}'),
            ("twice", "config.json"),
        ),
        (
            "config-endless",
            "json",
            "a config with NaN for a size",
            _beside(b'{"model_type": "bert", "layer_norm_eps": NaN}'),
            ("nan",),
        ),
        (
            "config-bomb",
            "zip-bombs",
            "a config of 90 MB of zeros, packed",
            _of(Entry(name=_WEIGHTS, data=_weights()), deflated_zeros(_CONFIG, 90_000_000)),
            ("200 times",),
        ),
        (
            "config-heads",
            "large-parameters",
            "a config that asks for 10¹⁸ heads",
            _bert(num_attention_heads=10**18),
            ("heads",),
        ),
        (
            "config-padding",
            "large-parameters",
            "a config whose padding is the word 10¹²",
            _bert(pad_token_id=10**12),
            ("padding",),
        ),
        (
            "config-activation",
            "names-into-code",
            "a config whose activation is a call",
            _bert(hidden_act="__import__('os').getcwd()"),
            ("activation",),
        ),
        (
            "config-labels",
            "json",
            "a config with an object for the name of a class",
            _bert(id2label={"0": {"a": 1}, "1": "b", "2": "c"}),
            ("labels[0]",),
        ),
    )
)
