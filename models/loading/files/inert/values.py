"""What an inert reading of a pickle is made of: names, and tensors out of raw storages."""

import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Self

import torch
from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.files.raw_tensors import elements_of, flat_tensor
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function that the pickle names: two words, never looked up."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """Return the name as people write it."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Foreign:
    """A dead placeholder of an object whose class is `name`, with what the pickle gave to it."""

    name: str
    arguments: object = ()
    state: object = None
    items: dict[str | int, object] = field(default_factory=dict)
    elements: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A block of `elements` numbers of one type, which the file keeps under `key`.

    `start`: the element at which a view of it begins, 0 for the whole.
    """

    dtype: torch.dtype
    key: str
    elements: int
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """A tensor that still lies in its storage; nothing about it is checked yet."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Storages:
    """The raw storages of a file: bytes of each by its key, and how to read them."""

    sizes: Mapping[str, int]
    read: Callable[[str], bytes | memoryview]

    @classmethod
    def of_archive(cls, archive: Archive, root: str) -> Self:
        """Return the storages in the folder `root` of an archive of torch.save."""
        folder = f"{root}/data/"
        sizes = {name.removeprefix(folder): size for name, size in archive.sizes.items()}
        return cls(sizes=sizes, read=lambda key: archive.read(folder + key))


def materialise(
    stored: Mapping[str, StoredTensor], storages: Storages, limits: Limits
) -> dict[str, Tensor]:
    """Return the tensors by name, contiguous; two names of the same one get the same tensor.

    All sizes are checked before the first byte is read.

    Raises:
        ImportRefused: a tensor that does not lie inside its storage or repeats values of it, a
            storage of another size than stated, too many elements together, or views of one storage
            that together are much more than it.
    """
    total = 0
    for name, record in stored.items():
        total += _checked(name, record, limits.elements)
        if total > limits.elements:
            raise ImportRefused(
                "loading.checkpoint.storages.too_many_elements", most=limits.elements
            )
        _check_storage(record.storage, storages)
    _check_views(set(stored.values()))
    flat: dict[str, Tensor] = {}
    made: dict[StoredTensor, Tensor] = {}
    for record in stored.values():
        if record not in made:
            made[record] = _cut(record, flat, storages)
    return {name: made[record] for name, record in stored.items()}


_VIEWS, _FEW = 2, 1_000_000
"""How often a checkpoint's numbers may stand in its tensors, all storages and tensors together;
and how many numbers may be taken in any case."""


def _check_views(records: AbstractSet[StoredTensor]) -> None:
    """Refuse different views of one storage that are copied to much more than the file holds."""
    taken = sum(math.prod(record.size) for record in records)
    there = sum(storage.elements for storage in {record.storage for record in records})
    if taken > max(_FEW, _VIEWS * there):
        raise ImportRefused("loading.checkpoint.storages.views", taken=taken, there=there)


def _checked(name: str, record: StoredTensor, limit: int) -> int:
    """Return the number of elements of a tensor that lies inside its storage, value by value."""
    count = elements_of(name, record.size, limit)
    if len(record.stride) != len(record.size) or record.offset < 0:
        raise ImportRefused("loading.checkpoint.storages.damaged_shape", name=quoted_name(name))
    steps = [step for size, step in zip(record.size, record.stride, strict=True) if size > 1]
    if any(step < 1 for step in steps):
        raise ImportRefused("loading.checkpoint.storages.stride_zero", name=quoted_name(name))
    reach = sum((size - 1) * step for size, step in zip(record.size, record.stride, strict=True))
    if record.offset + max(reach + 1, count) > record.storage.elements:
        raise ImportRefused(
            "loading.checkpoint.storages.larger_than_storage", name=quoted_name(name)
        )
    return count


def _check_storage(storage: Storage, storages: Storages) -> None:
    if storages.sizes.get(storage.key) != storage.elements * storage.dtype.itemsize:
        key = quoted_name(storage.key)
        raise ImportRefused("loading.checkpoint.storages.size_of_storage", key=key)


def _cut(record: StoredTensor, flat: dict[str, Tensor], storages: Storages) -> Tensor:
    storage = record.storage
    key = storage.key
    if key not in flat:
        flat[key] = flat_tensor(storages.read(key), storage.dtype)
    if flat[key].dtype != storage.dtype:
        raise ImportRefused("loading.checkpoint.storages.two_types", key=quoted_name(key))
    whole = flat[key].as_strided(record.size, record.stride, record.offset)
    fills = whole.is_contiguous() and whole.numel() == storage.elements
    return whole if fills else whole.clone().contiguous()
