"""Tensors out of the raw storages of a torch archive."""

from collections.abc import Mapping
from typing import Never

from torch import Tensor

from explain.core.errors import ImportRefused
from models.loading.archive import Archive, shown
from models.loading.inert.values import Storage, Stored
from models.loading.limits import Limits
from models.loading.weights import elements_of, filled

__all__ = ["materialise"]


def materialise(
    stored: Mapping[str, Stored], archive: Archive, root: str, limits: Limits
) -> dict[str, Tensor]:
    """Return the tensors by name, contiguous; two names of the same one get the same tensor.

    All sizes are checked before the first byte is read. `root`: the folder inside the archive.

    Raises:
        ImportRefused: a tensor that does not lie inside its storage or repeats values of it, a
            storage of another size than stated, or too many elements together.
    """
    total = 0
    for name, record in stored.items():
        total += _checked(name, record, limits.elements)
        if total > limits.elements:
            _refuse(f"has tensors of more than {limits.elements:,} elements together")
        _check_storage(record.storage, archive, root)
    flat: dict[str, Tensor] = {}
    made: dict[Stored, Tensor] = {}
    for record in stored.values():
        if record not in made:
            made[record] = _cut(record, flat, archive, root)
    return {name: made[record] for name, record in stored.items()}


def _checked(name: str, record: Stored, limit: int) -> int:
    """Return the number of elements of a tensor that lies inside its storage, value by value."""
    count = elements_of(name, record.size, limit)
    if len(record.stride) != len(record.size) or record.offset < 0:
        _refuse(f"describes {shown(name)} by a damaged shape")
    steps = [step for size, step in zip(record.size, record.stride, strict=True) if size > 1]
    if any(step < 1 for step in steps):
        _refuse(f"has {shown(name)}, which repeats one value in place of many (stride 0)")
    reach = sum((size - 1) * step for size, step in zip(record.size, record.stride, strict=True))
    if record.offset + max(reach + 1, count) > record.storage.elements:
        _refuse(f"has {shown(name)}, which is larger than its storage")
    return count


def _check_storage(storage: Storage, archive: Archive, root: str) -> None:
    entry = _entry(storage, root)
    if archive.sizes.get(entry) != storage.elements * storage.dtype.itemsize:
        _refuse(f"has no storage {shown(entry)} of the size it states")


def _cut(record: Stored, flat: dict[str, Tensor], archive: Archive, root: str) -> Tensor:
    storage = record.storage
    entry = _entry(storage, root)
    if entry not in flat:
        flat[entry] = filled(archive.read(entry), storage.dtype)
    if flat[entry].dtype != storage.dtype:
        _refuse(f"reads the storage {shown(entry)} as two types of numbers")
    whole = flat[entry].as_strided(record.size, record.stride, record.offset)
    return whole if whole.is_contiguous() and _fills(record) else whole.clone().contiguous()


def _fills(record: Stored) -> bool:
    count = 1
    for size in record.size:
        count *= size
    return count == record.storage.elements


def _entry(storage: Storage, root: str) -> str:
    return f"{root}/data/{storage.key}"


def _refuse(what: str) -> Never:
    raise ImportRefused(
        f"The checkpoint {what}.",
        hint="Save it again with contiguous weights: "
        "torch.save({k: v.clone() for k, v in network.state_dict().items()}, 'weights.pt').",
    )
