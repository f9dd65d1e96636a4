"""Weights in the safetensors format, read by a header pass of our own."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.files.raw_tensors import (
    Reading,
    check_tensor_name,
    elements_of,
    flat_tensor,
    usable,
)
from models.loading.files.reparametrised import as_evaluated
from models.loading.files.saving import network_from
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits
from models.loading.strict_json import parse_json

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
        raise ImportRefused(
            "loading.safetensors.too_many_bytes", count=len(data), most=limits.file_bytes
        )
    header = _header(data, limits)
    values = memoryview(data)[header.length :]
    _check_cover(header.entries, len(values))
    tensors = {entry.name: _tensor(values, entry) for entry in header.entries}
    card = _card(header.metadata, limits)
    if _BLUEPRINT in header.metadata:
        text = header.metadata[_BLUEPRINT].encode()
        network = network_from(parse_json(text, limits.header_bytes), tensors, limits)
        return Reading(format="sparsight", network=network, card=card)
    found = as_evaluated(usable(tensors))
    return Reading(
        format="safetensors",
        tensors=MappingProxyType(found.tensors),
        card=card,
        warnings=found.warnings,
    )


def _header(data: bytes, limits: Limits) -> _Header:
    if len(data) < 8:
        raise ImportRefused("loading.safetensors.too_few_bytes")
    (length,) = struct.unpack_from("<Q", data)
    if length > limits.header_bytes or length + 8 > len(data):
        raise ImportRefused("loading.safetensors.header_too_long", length=length)
    content = parse_json(data[8 : 8 + length], limits.header_bytes)
    if not isinstance(content, dict):
        raise ImportRefused("loading.safetensors.header_no_object")
    metadata = _metadata(content.pop("__metadata__", {}))
    if len(content) > limits.tensors:
        raise ImportRefused(
            "loading.safetensors.too_many_tensors", count=len(content), most=limits.tensors
        )
    entries = tuple(_entry(name, value, limits) for name, value in content.items())
    _check_total(entries, limits)
    return _Header(entries=entries, metadata=metadata, length=8 + length)


def _metadata(found: object) -> Mapping[str, str]:
    if not isinstance(found, dict):
        raise ImportRefused("loading.safetensors.metadata", name="__metadata__")
    for name, value in found.items():
        if not isinstance(value, str):
            raise ImportRefused("loading.safetensors.metadata", name=quoted_name(name))
    return found


def _entry(name: str, value: object, limits: Limits) -> _Entry:
    check_tensor_name(name, limits)
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise ImportRefused("loading.safetensors.not_described", name=quoted_name(name))
    shape, (start, stop) = _whole(name, value["shape"]), _place(name, value["data_offsets"])
    dtype = _dtype(name, value["dtype"])
    if elements_of(name, shape, limits.elements) * dtype.itemsize != stop - start:
        raise ImportRefused(
            "loading.safetensors.bytes_and_shape", name=quoted_name(name), count=stop - start
        )
    return _Entry(name=name, dtype=dtype, shape=shape, start=start, stop=stop)


def _dtype(name: str, key: object) -> torch.dtype:
    if not isinstance(key, str) or key not in _DTYPES:
        raise ImportRefused(
            "loading.safetensors.unknown_type",
            name=quoted_name(name),
            kind=quoted_name(str(key))[:40],
            dtypes=list(_DTYPES),
        )
    return _DTYPES[key]


def _whole(name: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        raise ImportRefused("loading.safetensors.no_whole_numbers", name=quoted_name(name))
    return tuple(value)


def _place(name: str, value: object) -> tuple[int, int]:
    numbers = _whole(name, value)
    if len(numbers) != 2 or not 0 <= numbers[0] <= numbers[1]:
        raise ImportRefused("loading.safetensors.no_place", name=quoted_name(name))
    return numbers[0], numbers[1]


def _check_total(entries: Iterable[_Entry], limits: Limits) -> None:
    total = sum((entry.stop - entry.start) // entry.dtype.itemsize for entry in entries)
    if total > limits.elements:
        raise ImportRefused(
            "loading.safetensors.too_many_elements", total=total, most=limits.elements
        )


def _check_cover(entries: Iterable[_Entry], length: int) -> None:
    """Check that the tensors fill the bytes behind the header: no hole, no byte used twice."""
    reached = 0
    for entry in sorted(entries, key=lambda entry: entry.start):
        if entry.start != reached:
            overlaps = entry.start < reached
            raise ImportRefused(
                "loading.safetensors.overlap" if overlaps else "loading.safetensors.hole",
                name=quoted_name(entry.name),
            )
        reached = entry.stop
    if reached != length:
        cut = reached > length
        raise ImportRefused(
            "loading.safetensors.cut_off" if cut else "loading.safetensors.bytes_left"
        )
    if not reached:
        raise ImportRefused("loading.safetensors.no_tensors")


def _tensor(values: memoryview, entry: _Entry) -> Tensor:
    return flat_tensor(values[entry.start : entry.stop], entry.dtype).reshape(entry.shape)


def _card(metadata: Mapping[str, str], limits: Limits) -> Mapping[str, object] | None:
    if _CARD not in metadata:
        return None
    card = parse_json(metadata[_CARD].encode(), limits.card_bytes)
    if not isinstance(card, dict):
        raise ImportRefused("loading.safetensors.unreadable_card")
    return MappingProxyType(card)
