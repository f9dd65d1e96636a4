"""Tensors out of raw bytes: type, sizes and strides are checked against what is really there."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.files.pt2.program_fields import (
    entries,
    flag,
    only,
    table_field,
    text,
    whole_field,
)
from models.loading.files.pt2.types import STRIDED, dtype_of_code
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

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
        """Return how many numbers it has."""
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


def _numbers(meta: Mapping[str, object], key: str) -> tuple[int, ...]:
    found = []
    for size in entries(meta, key):
        kind, _ = only(size)
        if kind != "as_int":
            raise ImportRefused("loading.pt2.size_is_formula")
        found.append(whole_field(size, "as_int"))
    return tuple(found)
