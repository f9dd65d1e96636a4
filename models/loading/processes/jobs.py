"""What a reader can be asked for: a model file read and checked, data read; nothing else runs."""

import contextlib
import importlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor, nn

from explain.core.errors import ImportRefused
from explain.core.messages import to_plain
from explain.core.network import Ref, Step
from explain.network import Lifted, assemble
from explain.network.blueprint.as_json import stored_tensors, to_json
from explain.network.blueprint.blueprint import describe
from models.loading.data.read_data import data_job
from models.loading.files.raw_tensors import Reading, check_finite
from models.loading.files.saving import network_from, to_safetensors
from models.loading.files.signatures import reader_of
from models.loading.limits import LIMITS, Limits
from models.loading.preflight import preflight
from models.loading.processes.frames import messages_from
from models.loading.processes.probe import probe

_SENTENCES = 200
_SENTENCE = 2_000


def read_model(
    data: bytes, _options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what a model file holds as JSON values and tensors; the job "model".

    A network is rehearsed without numbers before anything of it runs.

    Raises:
        ImportRefused: no such file, or a network that needs too much.
    """
    reading = reader_of(data)(data, limits)
    found: dict[str, object] = {
        "format": reading.format,
        "network": None,
        "card": None if reading.card is None else _plain(reading.card),
        "classes": list(reading.classes),
        "warnings": [to_plain(said) for said in reading.warnings],
    }
    if reading.network is None:
        return found, dict(reading.tensors)
    preflight(reading.network, limits)
    blueprint = describe(reading.network)
    return {**found, "network": to_json(blueprint)}, stored_tensors(blueprint)


def reading_from(
    found: Mapping[str, object], tensors: Mapping[str, Tensor], limits: Limits
) -> Reading:
    """Return the reading that `read_model` took apart, trusting none of it.

    What running a network takes is left to the caller to count.

    Raises:
        ImportRefused: parts that do not belong together, NaN or infinity.
    """
    card = found.get("card")
    reading = Reading(
        format=_text(found.get("format")),
        network=_network(found.get("network"), tensors, limits),
        tensors=MappingProxyType({}) if found.get("network") is not None else tensors,
        card=MappingProxyType(card) if isinstance(card, dict) else None,
        classes=_texts(found.get("classes")),
        warnings=messages_from(found.get("warnings")),
    )
    if reading.network is None:
        check_finite(reading.tensors)
    return reading


def _network(plain: object, tensors: Mapping[str, Tensor], limits: Limits) -> Lifted | None:
    if plain is None:
        return None
    return network_from(plain, tensors, limits)


def _plain(value: object) -> object:
    """Return JSON values without the read-only dresses that readers put around them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _SENTENCE:
        raise ImportRefused("loading.files.unasked_answer")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value[:_SENTENCES])) if isinstance(value, list) else ()


Job = Callable[[bytes, Mapping[str, object], Limits], tuple[dict[str, object], dict[str, Tensor]]]
"""File, options, limits -> plain JSON values and tensors; raises `ImportRefused` alone."""

_READERS = (
    "..files.checkpoint",
    "..files.onnx",
    "..files.pt2",
    "..files.safetensors",
)

JOBS: Mapping[str, Job] = MappingProxyType({"model": read_model, "data": data_job, "probe": probe})


def rehearse_all() -> None:
    """Import every reader, and take one small network apart: what torch does first is slow."""
    for name in (*_READERS, "tokenizers"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name, __package__)
    read_model(to_safetensors(_smallest()), {}, LIMITS)


def _smallest() -> Lifted:
    sizes = (("dtype", torch.float32), ("sizes", ((1, None), (2, 2))))
    steps = (
        Step(name="x", operation="input", module=None, arguments=(0,), keywords=sizes, shape=(2,)),
        Step(name="layer", operation="module", module="layer", arguments=(Ref("x"),)),
        Step(name="y", operation="output", module=None, arguments=(Ref("layer"),)),
    )
    return assemble(modules={"layer": nn.Linear(2, 2)}, tensors={}, steps=steps, originals={})
