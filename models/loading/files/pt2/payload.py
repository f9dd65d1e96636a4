"""The tensors of a network out of raw bytes or checkpoints, in floats as the network uses them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from explain.core.errors import ImportRefused, placed
from explain.core.messages import Message
from models.loading.files.inert import Storages, StoredTensor, interpret, materialise
from models.loading.files.pt2.fields import (
    STRIDED,
    dtype_of_code,
    entries,
    flag,
    lower_dtype,
    only,
    table_field,
    text,
    whole_field,
)
from models.loading.files.raw_tensors import Usable
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

Kind = str
"""Of a tensor: "parameter", "buffer" or "constant"."""


class Tensors(Protocol):
    """Where the tensors of a file are found, whatever layout it has."""

    def read(self, names: Iterable[str], limits: Limits) -> dict[str, Tensor]:
        """Return tensors by name, with memory of their own; tied ones are one object."""
        ...


def tensors_of_payload(source: Tensors, wanted: Mapping[str, Kind], limits: Limits) -> Usable:
    """Return the tensors called `wanted`: name in the file -> what it is there.

    Tied ones are the same object; floats of other widths become float32. Cost: two copies of the
    bytes, one after the other.

    Raises:
        ImportRefused: tensors that cannot be had, weights in whole numbers.
    """
    found = source.read(wanted, limits)
    made: dict[int, Tensor] = {}
    for name, tensor in found.items():
        if id(tensor) not in made:
            made[id(tensor)] = _used(name, tensor, wanted[name])
    return Usable(
        tensors={name: made[id(tensor)] for name, tensor in found.items()},
        warnings=tuple(_changes(found.values())),
    )


def _used(name: str, tensor: Tensor, kind: Kind) -> Tensor:
    own = tensor.to(lower_dtype(tensor.dtype))
    if kind != "parameter":
        return own
    if not own.is_floating_point():
        raise ImportRefused("loading.pt2.quantised_weight", name=quoted_name(name))
    return nn.Parameter(own)


def _changes(tensors: Iterable[Tensor]) -> Iterable[Message]:
    narrowed = {str(t.dtype) for t in tensors if lower_dtype(t.dtype) != t.dtype}
    if narrowed:
        types = sorted(name.removeprefix("torch.") for name in narrowed)
        yield Message("loading.pt2.used_as_float32", types=types)


_RANK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a tensor lies; two names with equal places are one tensor."""

    entry: str
    dtype: torch.dtype
    sizes: tuple[int, ...]
    strides: tuple[int, ...]
    offset: int

    @property
    def elements(self) -> int:
        return math.prod(self.sizes)

    @property
    def end(self) -> int:
        """Return the byte behind its last number."""
        pairs = zip(self.sizes, self.strides, strict=True)
        last = self.offset + sum((size - 1) * stride for size, stride in pairs)
        return (last + 1) * self.dtype.itemsize


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTensors:
    """The tensors of a file as torch 2.9 and later write them: one entry of raw numbers each.

    `folders`: the folder in the archive -> the description of the tensors in it, by their names.
    """

    archive: Archive
    folders: Mapping[str, Mapping[str, object]]

    def read(self, names: Iterable[str], limits: Limits) -> dict[str, Tensor]:
        """Return tensors by name, with memory of their own; tied ones are one object.

        Raises:
            ImportRefused: pickled, missing, too many numbers, of a type that is not read here, or
                with sizes and strides that their bytes do not hold.
        """
        places = {name: self._place(name) for name in names}
        total = sum(place.elements for place in set(places.values()))
        if total > limits.elements:
            raise ImportRefused("loading.pt2.too_many_numbers", total=total, most=limits.elements)
        made: dict[_Place, Tensor] = {}
        for place in places.values():
            if place not in made:
                made[place] = self._tensor(place)
        return {name: made[place] for name, place in places.items()}

    def _place(self, name: str) -> _Place:
        folder = next((key for key, known in self.folders.items() if name in known), None)
        if folder is None:
            raise ImportRefused("loading.pt2.no_bytes", name=quoted_name(name))
        entry = table_field(self.folders[folder], name)
        if flag(entry, "use_pickle") or entry.get("tensor_meta") is None:
            raise ImportRefused("loading.pt2.pickled_tensor", name=quoted_name(name))
        meta = table_field(entry, "tensor_meta")
        if meta.get("layout") != STRIDED:
            raise ImportRefused("loading.pt2.sparse_tensor", name=quoted_name(name))
        with placed(ImportRefused, partial(_at_tensor, name)):
            place = _Place(
                entry=f"{folder}/{text(entry, 'path_name')}",
                dtype=dtype_of_code(meta.get("dtype")),
                sizes=_numbers(meta, "sizes"),
                strides=_numbers(meta, "strides"),
                offset=whole_field(table_field(meta, "storage_offset"), "as_int"),
            )
        self._check(name, place)
        return place

    def _check(self, name: str, place: _Place) -> None:
        """Refuse a tensor that its bytes do not hold."""
        if len(place.sizes) > _RANK or len(place.sizes) != len(place.strides):
            raise ImportRefused("loading.pt2.sizes_and_strides", name=quoted_name(name))
        if any(size < 1 for size in place.sizes) or place.offset < 0:
            raise ImportRefused("loading.pt2.empty_size", name=quoted_name(name))
        pairs = zip(place.sizes, place.strides, strict=True)
        if (
            any(stride < 1 and size > 1 for size, stride in pairs)
            or min(place.strides, default=0) < 0
        ):
            raise ImportRefused("loading.pt2.stride_zero", name=quoted_name(name))
        stored = self.archive.sizes.get(place.entry)
        if stored is None:
            raise ImportRefused("loading.pt2.no_bytes", name=quoted_name(name))
        if max(place.end, place.elements * place.dtype.itemsize) > stored:
            raise ImportRefused("loading.pt2.too_few_bytes", stored=stored, name=quoted_name(name))

    def _tensor(self, place: _Place) -> Tensor:
        data = bytearray(self.archive.read(place.entry))
        stored = torch.uint8 if place.dtype == torch.bool else place.dtype
        flat = torch.frombuffer(data, dtype=stored, count=len(data) // stored.itemsize)
        viewed = flat.as_strided(place.sizes, place.strides, place.offset)
        return viewed != 0 if place.dtype == torch.bool else viewed.clone()


def _at_tensor(name: str) -> Message:
    return Message("loading.pt2.at_tensor", name=quoted_name(name))


def _numbers(meta: Mapping[str, object], key: str) -> tuple[int, ...]:
    found = []
    for size in entries(meta, key):
        kind, _ = only(size)
        if kind != "as_int":
            raise ImportRefused("loading.pt2.size_is_formula")
        found.append(whole_field(size, "as_int"))
    return tuple(found)


_INDEX = "/data.pkl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PickledTensors:
    """The tensors of an older file: a checkpoint of weights, and one of constants.

    Their pickles are walked opcode by opcode and nothing they name is looked up.
    """

    checkpoints: tuple[bytes, ...] = field(repr=False)

    def read(self, names: Iterable[str], limits: Limits) -> dict[str, Tensor]:
        """Return tensors by name; tied ones are one object.

        Raises:
            ImportRefused: no checkpoint, a tensor that is not there or does not lie in its bytes.
        """
        wanted = set(names)
        found: dict[str, Tensor] = {}
        for data in self.checkpoints:
            found |= _read(data, wanted - set(found), limits)
        if missing := wanted - set(found):
            raise ImportRefused("loading.pt2.no_plain_tensor", missing=quoted_name(min(missing)))
        total = sum(tensor.numel() for tensor in {id(t): t for t in found.values()}.values())
        if total > limits.elements:
            raise ImportRefused("loading.pt2.too_many_numbers", total=total, most=limits.elements)
        return found


def _read(data: bytes, wanted: set[str], limits: Limits) -> dict[str, Tensor]:
    if not data or not wanted:
        return {}
    archive = Archive.open(data, limits, stored_only=True)
    roots = [name.removesuffix(_INDEX) for name in archive.names if name.endswith(_INDEX)]
    if len(roots) != 1:
        raise ImportRefused("loading.pt2.no_checkpoint")
    value = interpret(archive.read(f"{roots[0]}{_INDEX}", limits.header_bytes)).value
    stored = _stored(value, wanted)
    return dict(materialise(stored, Storages.of_archive(archive, roots[0]), limits))


def _stored(value: object, wanted: set[str]) -> Mapping[str, StoredTensor]:
    items = value if isinstance(value, dict) else {}
    return {
        name: tensor
        for name, tensor in items.items()
        if isinstance(name, str) and name in wanted and isinstance(tensor, StoredTensor)
    }
