"""Tensors out of raw bytes: type, sizes and strides are checked against what is really there."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.loading.archive import shown
from models.loading.limits import Limits
from models.loading.pt2.fields import entries, flag, only, table, text, whole
from models.loading.pt2.package import Package
from models.loading.pt2.refusal import refusal
from models.loading.pt2.types import FLOATS, STRIDED, dtype_of, lowered

__all__ = ["Kind", "Payload", "payload"]

Kind = str
"""Of a tensor: "parameter", "buffer" or "constant"."""

_RANK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The tensors by their names in the file, tied ones the same object, and what was changed."""

    tensors: Mapping[str, Tensor]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a tensor lies; two names with equal places are one tensor."""

    folder: str
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


def payload(package: Package, wanted: Mapping[str, Kind], limits: Limits) -> Payload:
    """Return the tensors called `wanted`: name in the file -> what it is there.

    Floats of other widths become float32. Cost: two copies of the bytes, one after the other.

    Raises:
        ImportRefused: pickled, missing, too many, of a type that is not read here, or with sizes
            and strides that their bytes do not hold.
    """
    places = {name: _place(package, name) for name in wanted}
    total = sum(place.elements for place in set(places.values()))
    if total > limits.elements:
        raise refusal(f"has {total:,} numbers, more than {limits.elements:,}")
    made: dict[_Place, Tensor] = {}
    for name, place in places.items():
        if place not in made:
            made[place] = _tensor(package, name, place, wanted[name])
    narrowed = sorted({str(p.dtype).removeprefix("torch.") for p in made if _is_changed(p)})
    warnings = (f"Weights of type {' and '.join(narrowed)} are used as float32.",)
    return Payload(
        tensors={name: made[place] for name, place in places.items()},
        warnings=warnings if narrowed else (),
    )


def _is_changed(place: _Place) -> bool:
    return lowered(place.dtype) != place.dtype


def _place(package: Package, name: str) -> _Place:
    folder = "weights" if name in package.weights else "constants"
    config = package.weights if name in package.weights else package.constants
    entry = table(config, name)
    if flag(entry, "use_pickle") or entry.get("tensor_meta") is None:
        raise refusal(
            f"holds {shown(name)} as a pickle, which is a program",
            hint="Turn tensor subclasses and custom objects into plain tensors before exporting.",
        )
    meta = table(entry, "tensor_meta")
    if meta.get("layout") != STRIDED:
        raise refusal(f"holds {shown(name)} in a sparse or foreign layout")
    place = _Place(
        folder=folder,
        entry=text(entry, "path_name"),
        dtype=dtype_of(meta.get("dtype")),
        sizes=_numbers(meta, "sizes"),
        strides=_numbers(meta, "strides"),
        offset=whole(table(meta, "storage_offset"), "as_int"),
    )
    _check(package, name, place)
    return place


def _numbers(meta: Mapping[str, object], key: str) -> tuple[int, ...]:
    found = []
    for size in entries(meta, key):
        kind, _ = only(size)
        if kind != "as_int":
            raise refusal("has a weight whose size is a formula")
        found.append(whole(size, "as_int"))
    return tuple(found)


def _check(package: Package, name: str, place: _Place) -> None:
    """Refuse a tensor that its bytes do not hold."""
    if len(place.sizes) > _RANK or len(place.sizes) != len(place.strides):
        raise refusal(f"gives {shown(name)} sizes and strides that do not belong together")
    if any(size < 1 for size in place.sizes) or place.offset < 0:
        raise refusal(f"gives {shown(name)} an empty or negative size")
    pairs = zip(place.sizes, place.strides, strict=True)
    if any(stride < 1 and size > 1 for size, stride in pairs) or min(place.strides, default=0) < 0:
        raise refusal(f"gives {shown(name)} a stride of zero or less: one number posing as many")
    stored = package.archive.sizes.get(f"{package.root}/data/{place.folder}/{place.entry}")
    if stored is None:
        raise refusal(f"has no bytes for {shown(name)}")
    if max(place.end, place.elements * place.dtype.itemsize) > stored:
        raise refusal(f"has {stored:,} bytes for {shown(name)}, too few for its sizes and strides")


def _tensor(package: Package, name: str, place: _Place, kind: Kind) -> Tensor:
    data = bytearray(package.payload(place.folder, place.entry))
    count = len(data) // place.dtype.itemsize
    flat = torch.frombuffer(data, dtype=place.dtype, count=count)
    viewed = flat.as_strided(place.sizes, place.strides, place.offset)
    own = viewed.to(lowered(place.dtype), copy=True)
    if kind == "parameter":
        if place.dtype not in FLOATS:
            raise refusal(f"has the weight {shown(name)} in whole numbers (quantised)")
        return nn.Parameter(own)
    return own
