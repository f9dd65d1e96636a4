"""The inside of a reader: one request, one job, one answer; nothing but these jobs runs."""

import contextlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import IO, Any

import torch
from torch import Tensor, nn

from explain.core.errors import ImportRefused, InvalidSubject, Text, reason_of
from explain.core.messages import to_plain
from explain.core.network import Ref, Step
from explain.network import Lifted, NetworkInput, Output, assemble, network_inputs
from explain.network.blueprint.as_json import stored_tensors, to_json
from explain.network.blueprint.blueprint import describe
from models.loading import strict_json
from models.loading.data.read_data import data_job
from models.loading.files.checkpoint import read_checkpoint, read_old_checkpoint
from models.loading.files.raw_tensors import Reading, check_finite
from models.loading.files.saving import network_from, to_safetensors
from models.loading.files.signatures import READERS, Reader, outputs_in, reader_of, role_of
from models.loading.limits import LIMITS, Limits
from models.loading.preflight import preflight
from models.loading.processes.frames import (
    Broken,
    json_bytes,
    manifest,
    memory_of,
    messages_from,
    read_head,
    stored_once,
    write_frame,
)
from models.loading.processes.limiting import end_with_parent, limit
from models.loading.processes.probe import probe

_SENTENCES = 200
_SENTENCE = 2_000


def read_model(
    data: bytes, options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what a model file holds as JSON values and tensors; the job "model".

    The option "output" says which of several values is the answer, "part" which of several networks
    in a checkpoint, "shape" which size one sample has. A network is rehearsed without numbers
    before anything of it runs.

    Raises:
        ImportRefused: no such file, or a network that needs too much.
    """
    output, part = (str(options.get(name, "")) for name in ("output", "part"))
    reading = _read(data, reader_of(data, output, _sizes(options.get("shape"))), part, limits)
    found: dict[str, object] = {
        "format": reading.format,
        "network": None,
        "card": None if reading.card is None else _plain(reading.card),
        "classes": list(reading.classes),
        "inside": list(reading.inside),
        "prefix": reading.prefix,
        "words": reading.words,
        "inputs": [{"name": one.name, "tensor": one.tensor} for one in reading.inputs],
        "outputs": _told(reading.outputs),
        "output": reading.output,
        "parts": dict(reading.parts),
        "part": reading.part,
        "warnings": [to_plain(said) for said in reading.warnings],
    }
    if reading.network is None:
        return found, dict(reading.tensors)
    preflight(reading.network, limits)
    blueprint = describe(reading.network)
    return {**found, "network": to_json(blueprint)}, stored_tensors(blueprint)


def _sizes(given: object) -> tuple[int, ...]:
    return tuple(map(int, given)) if isinstance(given, list) else ()


def _read(data: bytes, reader: Reader, part: str, limits: Limits) -> Reading:
    if not part:
        return reader(data, limits)
    if reader not in {read_checkpoint, read_old_checkpoint}:
        raise ImportRefused("loading.files.no_parts", part=part)
    return reader(data, limits, part)


def read_role(
    data: bytes, _options: Mapping[str, object], _limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what a file is for; the job "role".

    Raises:
        ImportRefused: an archive whose directory is damaged.
    """
    return {"role": role_of(data)}, {}


def list_outputs(
    data: bytes, _options: Mapping[str, object], limits: Limits
) -> tuple[dict[str, object], dict[str, Tensor]]:
    """Return what the network in a file returns; the job "outputs".

    Raises:
        ImportRefused: a file that is not read.
    """
    return {"outputs": _told(outputs_in(data, limits))}, {}


def _told(outputs: Sequence[Output]) -> list[object]:
    return [
        {"name": one.name, "shape": one.shape, "rows": one.rows, "numbers": one.numbers}
        for one in outputs[:_SENTENCES]
        if len(one.name) <= _SENTENCE
    ]


def outputs_from(found: Mapping[str, object]) -> tuple[Output, ...]:
    """Return the outputs that a reader lists, trusting none of it.

    Raises:
        ImportRefused: something else came.
    """
    told = found.get("outputs")
    return tuple(map(_output, told[:_SENTENCES])) if isinstance(told, list) else ()


def _output(told: object) -> Output:
    if not isinstance(told, Mapping):
        raise ImportRefused("loading.files.unasked_answer")
    shape = told.get("shape")
    return Output(
        name=_text(told.get("name")),
        shape=None if shape is None else _shape(shape),
        rows=told.get("rows") is True,
        numbers=told.get("numbers") is True,
    )


def _shape(told: object) -> tuple[int | None, ...]:
    sizes = told if isinstance(told, list) else []
    if len(sizes) > _SENTENCES or not all(size is None or type(size) is int for size in sizes):
        raise ImportRefused("loading.files.unasked_answer")
    return tuple(sizes)


def _inputs(told: object, network: Lifted | None) -> tuple[NetworkInput, ...]:
    """Return the inputs that a reader lists; their sizes are those of the network itself."""
    if network is None:
        return ()
    listed = told[:_SENTENCES] if isinstance(told, list) else []
    try:
        return network_inputs(network, [_input(one) for one in listed])
    except InvalidSubject as error:
        raise ImportRefused("loading.files.unasked_answer") from error


def _input(told: object) -> tuple[str, str]:
    if not isinstance(told, Mapping):
        raise ImportRefused("loading.files.unasked_answer")
    return _text(told.get("name")), _text(told.get("tensor"))


def reading_from(
    found: Mapping[str, object], tensors: Mapping[str, Tensor], limits: Limits
) -> Reading:
    """Return the reading that `read_model` took apart, trusting none of it.

    What running a network takes is left to the caller to count.

    Raises:
        ImportRefused: parts that do not belong together, NaN or infinity.
    """
    card, plain = found.get("card"), found.get("network")
    network = None if plain is None else network_from(plain, tensors, limits)
    reading = Reading(
        format=_text(found.get("format")),
        network=network,
        tensors=tensors if plain is None else MappingProxyType({}),
        card=MappingProxyType(card) if isinstance(card, dict) else None,
        classes=_texts(found.get("classes")),
        inside=_texts(found.get("inside")),
        prefix=_text(found.get("prefix")),
        words=_text(found.get("words"), limits.json_bytes),
        inputs=_inputs(found.get("inputs"), network),
        outputs=outputs_from(found),
        output=_text(found.get("output")),
        parts=_counts(found.get("parts")),
        part=_text(found.get("part")),
        warnings=messages_from(found.get("warnings")),
    )
    if reading.network is None:
        check_finite(reading.tensors)
    return reading


def _plain(value: object) -> object:
    """Return JSON values without the read-only dresses that readers put around them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value


def _text(value: object, most: int = _SENTENCE) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise ImportRefused("loading.files.unasked_answer")
    return value


def _counts(value: object) -> Mapping[str, int]:
    found = value if isinstance(value, dict) else {}
    kept = {_text(name): count for name, count in found.items() if type(count) is int}
    return MappingProxyType(kept)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value[:_SENTENCES])) if isinstance(value, list) else ()


Job = Callable[[bytes, Mapping[str, object], Limits], tuple[dict[str, object], dict[str, Tensor]]]
"""File, options, limits -> plain JSON values and tensors; raises `ImportRefused` alone."""

JOBS: Mapping[str, Job] = MappingProxyType(
    {
        "model": read_model,
        "data": data_job,
        "role": read_role,
        "outputs": list_outputs,
        "probe": probe,
    }
)


def rehearse_all() -> None:
    """Import every reader, and take one small network apart: what torch does first is slow."""
    for name in (*(f"..files{module}" for module, _ in READERS.values()), "tokenizers"):
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


_REQUEST_BYTES = 64_000_000
_NO_MEMORY = ("not enough memory", "can't allocate memory", "bad alloc", "out of memory")


def work(source: IO[bytes], sink: IO[bytes]) -> None:
    """Read a request from `source`, set its limits, do its job and write the answer to `sink`.

    Frames out: "B" when it begins; then "J" (JSON and what tensors follow) and one "T" per tensor,
    or "R" (refused: what and a hint), or "M" (memory ran out).
    """
    end_with_parent()
    request = _request(source)
    limits = Limits(**request["limits"])
    limit(limits)
    data = _frame(source, b"D", limits.zip_bytes + limits.file_bytes)
    write_frame(sink, b"B")
    try:
        found, tensors = JOBS[request["job"]](data, request["options"], limits)
        del data
        _answer(sink, found, tensors)
    except ImportRefused as error:
        _refuse(sink, *error.messages)
    except MemoryError:
        write_frame(sink, b"M")
    except Exception as error:  # noqa: BLE001 - whatever a file does to its reader ends here
        if any(words in str(error) for words in _NO_MEMORY):
            write_frame(sink, b"M")
        else:
            _refuse(sink, *_unforeseen(error))


def _request(source: IO[bytes]) -> dict[str, Any]:
    request = strict_json.parse_json(_frame(source, b"Q", _REQUEST_BYTES), _REQUEST_BYTES)
    if not isinstance(request, dict):
        raise Broken("a request is an object")
    return request


def _frame(source: IO[bytes], kind: bytes, most: int) -> bytes:
    """Return what the app sends, in the only copy of it."""
    found, length = read_head(source, most) or (b"", 0)
    data = source.read(length)
    if found != kind or len(data) < length:
        raise Broken(f"no frame of the kind {kind!r}")
    return data


def _answer(sink: IO[bytes], found: Mapping[str, object], tensors: Mapping[str, Tensor]) -> None:
    write_frame(sink, b"J", json_bytes({"found": found, "tensors": manifest(tensors)}))
    for tensor in stored_once(tensors):
        write_frame(sink, b"T", memory_of(tensor))


def _refuse(sink: IO[bytes], says: Text, hint: Text) -> None:
    write_frame(sink, b"R", json_bytes({"says": to_plain(says), "hint": to_plain(hint)}))


def _unforeseen(error: Exception) -> tuple[Text, Text]:
    kind = type(error).__name__
    return ImportRefused("loading.unforeseen", reason=reason_of(error), kind=kind).messages
