"""Checkpoints of torch.save: weights are read from their raw storages, objects are never made."""

import struct
from collections.abc import Iterator, Sequence
from io import BytesIO
from types import MappingProxyType
from typing import IO

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.files.inert import (
    Foreign,
    PickleValue,
    Storages,
    interpret,
    interpret_next,
    materialise,
)
from models.loading.files.raw_tensors import Reading, usable
from models.loading.files.reparametrised import as_evaluated
from models.loading.files.state_dicts import StateDict, state_dict_in
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

_INDEX = "data.pkl"
_CLASSES = 100
_SHOWN = 5


def read_checkpoint(data: bytes, limits: Limits, part: str = "") -> Reading:
    """Return the bare weights of a .pt or .pth file, in float32.

    A state dict, alone or in the usual wrappers, has the format "state-dict". From a whole pickled
    module ("pickled-module") the tensors are recovered under the names of its state dict, and
    `classes` says which classes it would need; none of them is looked up. `part`: which network, as
    `state_dict_in` says.

    Raises:
        ImportRefused: no archive of torch.save, a program inside, no weights, tensors outside
            their storages, NaN or infinity, or more than the limits allow.
    """
    archive = Archive.open(data, limits, stored_only=True)
    root = _root(archive)
    _check_layout(archive, root)
    found = interpret(archive.read(f"{root}/{_INDEX}", limits.header_bytes))
    return _reading(found, Storages.of_archive(archive, root), limits, part)


_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT = struct.Struct("<q")


def read_old_checkpoint(data: bytes, limits: Limits, part: str = "") -> Reading:
    """Return the bare weights of a file that torch wrote before 1.6, as `read_checkpoint` does.

    Five pickles stand one after the other (a number, the protocol, the machine, what was saved, the
    keys of its storages), then each storage: how many numbers, and these.

    Raises:
        ImportRefused: as `read_checkpoint`, or bytes that are not in that order.
    """
    if len(data) > limits.file_bytes:
        raise ImportRefused(
            "loading.checkpoint.old.too_many_bytes", count=len(data), most=limits.file_bytes
        )
    stream = BytesIO(data)
    values = [interpret_next(stream, limits.header_bytes) for _ in range(5)]
    magic, protocol, machine, found, keys = values
    number = magic.value.arguments if isinstance(magic.value, Foreign) else None
    if (number, protocol.value) != (_MAGIC, _PROTOCOL):
        raise ImportRefused("loading.checkpoint.old.no_head")
    if not isinstance(machine.value, dict) or machine.value.get("little_endian") is not True:
        raise ImportRefused("loading.checkpoint.byte_order")
    return _reading(found, _storages_behind(stream, keys.value, found, len(data)), limits, part)


def _storages_behind(stream: IO[bytes], keys: object, found: PickleValue, end: int) -> Storages:
    """Return where the storages lie that follow the pickles; their bytes are not read yet."""
    places: dict[str, tuple[int, int]] = {}
    for key in keys if isinstance(keys, list) else [None]:
        if not isinstance(key, str) or key in places or key not in found.storages:
            raise ImportRefused("loading.checkpoint.old.keys")
        head = stream.read(_COUNT.size)
        size = found.storages[key].elements * found.storages[key].dtype.itemsize
        whole = len(head) == _COUNT.size and stream.tell() + size <= end
        if not whole or _COUNT.unpack(head)[0] != found.storages[key].elements:
            raise ImportRefused("loading.checkpoint.storages.size_of_storage", key=quoted_name(key))
        places[key] = (stream.tell(), size)
        stream.seek(size, 1)
    if stream.tell() != end:
        raise ImportRefused("loading.checkpoint.old.bytes_behind")

    def read(key: str) -> bytes:
        stream.seek(places[key][0])
        return stream.read(places[key][1])

    return Storages(sizes={key: size for key, (_, size) in places.items()}, read=read)


def _reading(found: PickleValue, storages: Storages, limits: Limits, part: str) -> Reading:
    weights = state_dict_in(found.value, limits, part)
    ready = as_evaluated(usable(materialise(weights.tensors, storages, limits)))
    return Reading(
        format="pickled-module" if weights.module else "state-dict",
        tensors=MappingProxyType(ready.tensors),
        classes=_ordered(found.names, weights.module),
        inside=weights.inside,
        prefix=weights.prefix,
        parts=MappingProxyType(dict(weights.parts)),
        part=weights.part,
        warnings=(*_sentences(weights, found.names), *ready.warnings),
    )


def _root(archive: Archive) -> str:
    roots = [
        name.removesuffix(f"/{_INDEX}") for name in archive.names if name.endswith(f"/{_INDEX}")
    ]
    if len(roots) != 1 or "/" in roots[0]:
        raise ImportRefused("loading.checkpoint.indices", count=len(roots))
    for name in archive.names:
        if not name.startswith(f"{roots[0]}/"):
            raise ImportRefused("loading.checkpoint.outside_folder", name=quoted_name(name))
    return roots[0]


def _check_layout(archive: Archive, root: str) -> None:
    inside = [name.removeprefix(f"{root}/") for name in archive.names]
    if "constants.pkl" in inside or any(name.startswith("code/") for name in inside):
        raise ImportRefused("loading.checkpoint.torchscript")
    if "byteorder" in inside and archive.read(f"{root}/byteorder", 16) != b"little":
        raise ImportRefused("loading.checkpoint.byte_order")


def _sentences(weights: StateDict, names: Sequence[str]) -> Iterator[Message]:
    if weights.module:
        module, count = _cleaned(weights.module), len(weights.tensors)
        yield Message("loading.checkpoint.module", module=module, tensors=count)
    elif names:
        yield Message("loading.checkpoint.closed", names=listed(map(quoted_name, names), _SHOWN))
    if weights.part:
        others = listed((quoted_name(n) for n in weights.parts if n != weights.part), _SHOWN)
        part = quoted_name(weights.part)
        yield Message("loading.checkpoint.part", part=part, others=others)
    if weights.prefix:
        yield Message("loading.checkpoint.prefix", prefix=quoted_name(weights.prefix))
    if weights.left_out:
        others = listed(map(quoted_name, weights.left_out), _SHOWN)
        yield Message("loading.checkpoint.left_out", names=others)


def _ordered(names: Sequence[str], module: str | None) -> tuple[str, ...]:
    """Return the foreign names, that of the module itself first, in printable letters."""
    first = [module] if module else []
    ordered = dict.fromkeys([*first, *names])
    return tuple(_cleaned(name) for name in list(ordered)[:_CLASSES])


def _cleaned(name: str) -> str:
    return quoted_name(name)[1:-1]
