"""Weights in the safetensors format, read by a header pass of our own."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Never

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from explain.network import Lifted
from models.loading import strict_json
from models.loading.archive import shown
from models.loading.blueprints import network_from
from models.loading.limits import Limits
from models.loading.reading import Reading
from models.loading.weights import check_tensor_name, elements_of, filled, usable

__all__ = ["read_safetensors"]

_DTYPES = MappingProxyType(
    {
        "F64": torch.float64,
        "F32": torch.float32,
        "F16": torch.float16,
        "BF16": torch.bfloat16,
        "I64": torch.int64,
        "I32": torch.int32,
        "I16": torch.int16,
        "I8": torch.int8,
        "U8": torch.uint8,
        "BOOL": torch.bool,
    }
)
_CARD = "model_card"
_BLUEPRINT = "sparsight"
_HINT = "Save the weights again with safetensors.torch.save_file."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One tensor: its values are the bytes `start` to `stop` behind the header."""

    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    entries: tuple[_Entry, ...]
    metadata: Mapping[str, str]
    length: int


def read_safetensors(data: bytes, limits: Limits) -> Reading:
    """Return the bare weights in `data`, in float32, with the embedded card if there is one.

    A file that this project exported also says what network it is: "sparsight" in place of
    "safetensors".

    The header is checked before the first tensor is made; the values are copied once.

    Raises:
        ImportRefused: no safetensors file, a header that is too large, ambiguous or contradicts
            itself, tensors that are empty, overlap or leave holes, too many of them, NaN or
            infinity, or a description of a network that cannot be built.
    """
    if len(data) > limits.file_bytes:
        _refuse(f"has {len(data):,} bytes, more than {limits.file_bytes:,}")
    header = _header(data, limits)
    values = memoryview(data)[header.length :]
    _check_cover(header.entries, len(values))
    tensors = {entry.name: _tensor(values, entry) for entry in header.entries}
    card = _card(header.metadata, limits)
    if _BLUEPRINT in header.metadata:
        return Reading(format="sparsight", network=_network(header, tensors, limits), card=card)
    found = usable(tensors)
    return Reading(
        format="safetensors",
        tensors=MappingProxyType(found.tensors),
        card=card,
        warnings=found.warnings,
    )


def _header(data: bytes, limits: Limits) -> _Header:
    if len(data) < 8:
        _refuse("has fewer than 8 bytes")
    (length,) = struct.unpack_from("<Q", data)
    if length > limits.header_bytes or length + 8 > len(data):
        _refuse(f"states a header of {length:,} bytes, which is too long")
    content = strict_json.parse(data[8 : 8 + length], limits.header_bytes)
    if not isinstance(content, dict):
        _refuse("has a header that is no JSON object")
    metadata = _metadata(content.pop("__metadata__", {}))
    if len(content) > limits.tensors:
        _refuse(f"has {len(content):,} tensors, more than {limits.tensors:,}")
    entries = tuple(_entry(name, value, limits) for name, value in content.items())
    _check_total(entries, limits)
    return _Header(entries=entries, metadata=metadata, length=8 + length)


def _metadata(found: object) -> Mapping[str, str]:
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        _refuse("has metadata that are not plain texts")
    return found


def _entry(name: str, value: object, limits: Limits) -> _Entry:
    check_tensor_name(name, limits)
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        _refuse(f"does not describe {shown(name)} by type, shape and place")
    shape, (start, stop) = _whole(name, value["shape"]), _place(name, value["data_offsets"])
    dtype = _dtype(name, value["dtype"])
    if elements_of(name, shape, limits.elements) * dtype.itemsize != stop - start:
        _refuse(f"gives {shown(name)} {stop - start:,} bytes, which do not fill its shape")
    return _Entry(name=name, dtype=dtype, shape=shape, start=start, stop=stop)


def _dtype(name: str, key: object) -> torch.dtype:
    if not isinstance(key, str) or key not in _DTYPES:
        _refuse(
            f"stores {shown(name)} as {shown(str(key))[:40]}; known are {', '.join(_DTYPES)}",
            hint="Convert the weights to float32 and save them again.",
        )
    return _DTYPES[key]


def _whole(name: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        _refuse(f"describes {shown(name)} by something else than whole numbers")
    return tuple(value)


def _place(name: str, value: object) -> tuple[int, int]:
    numbers = _whole(name, value)
    if len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1]:
        _refuse(f"gives {shown(name)} no place")
    return numbers[0], numbers[1]


def _check_total(entries: Iterable[_Entry], limits: Limits) -> None:
    total = sum((entry.stop - entry.start) // entry.dtype.itemsize for entry in entries)
    if total > limits.elements:
        _refuse(f"has {total:,} elements, more than {limits.elements:,}")


def _check_cover(entries: Iterable[_Entry], length: int) -> None:
    """Check that the tensors fill the bytes behind the header: no hole, no byte used twice."""
    reached = 0
    for entry in sorted(entries, key=lambda entry: entry.start):
        if entry.start != reached:
            problem = "overlaps another tensor" if entry.start < reached else "follows a hole"
            _refuse(f"has the tensor {shown(entry.name)}, which {problem}")
        reached = entry.stop
    if reached != length:
        problem = "is cut off" if reached > length else "has bytes that belong to no tensor"
        _refuse(problem)
    if not reached:
        _refuse("has no tensors")


def _tensor(values: memoryview, entry: _Entry) -> Tensor:
    return filled(values[entry.start : entry.stop], entry.dtype).reshape(entry.shape)


def _network(header: _Header, tensors: Mapping[str, Tensor], limits: Limits) -> Lifted:
    """Return the network that this project exported into the file."""
    plain = strict_json.parse(header.metadata[_BLUEPRINT].encode(), limits.header_bytes)
    return network_from(plain, tensors, limits)


def _card(metadata: Mapping[str, str], limits: Limits) -> Mapping[str, object] | None:
    if _CARD not in metadata:
        return None
    card = strict_json.parse(metadata[_CARD].encode(), limits.card_bytes)
    if not isinstance(card, dict):
        _refuse("has an embedded card that is no JSON object")
    return MappingProxyType(card)


def _refuse(what: str, hint: str = _HINT) -> Never:
    raise ImportRefused(f"The safetensors file {what}.", hint=hint)
