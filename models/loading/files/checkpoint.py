"""Checkpoints of torch.save: weights are read from their raw storages, objects are never made."""

from collections.abc import Iterator, Sequence
from types import MappingProxyType

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.files.inert import interpret, materialise
from models.loading.files.raw_tensors import Reading, usable
from models.loading.files.state_dicts import StateDict, state_dict_in
from models.loading.files.zip_archive import Archive, quoted_name
from models.loading.limits import Limits

_INDEX = "data.pkl"
_CLASSES = 100
_SHOWN = 5


def read_checkpoint(data: bytes, limits: Limits) -> Reading:
    """Return the bare weights of a .pt or .pth file, in float32.

    A state dict, alone or in the usual wrappers, has the format "state-dict". From a whole pickled
    module ("pickled-module") the tensors are recovered under the names of its state dict, and
    `classes` says which classes it would need; none of them is looked up.

    Raises:
        ImportRefused: no archive of torch.save, a program inside, no weights, tensors outside
            their storages, NaN or infinity, or more than the limits allow.
    """
    archive = Archive.open(data, limits, stored_only=True)
    root = _root(archive)
    _check_layout(archive, root)
    found = interpret(archive.read(f"{root}/{_INDEX}", limits.header_bytes))
    weights = state_dict_in(found.value, limits)
    ready = usable(materialise(weights.tensors, archive, root, limits))
    return Reading(
        format="pickled-module" if weights.module else "state-dict",
        tensors=MappingProxyType(ready.tensors),
        classes=_ordered(found.names, weights.module),
        warnings=(*_sentences(weights, found.names), *ready.warnings),
    )


def _root(archive: Archive) -> str:
    """Return the folder in which everything lies."""
    roots = [
        name.removesuffix(f"/{_INDEX}") for name in archive.names if name.endswith(f"/{_INDEX}")
    ]
    if len(roots) != 1 or "/" in roots[0]:
        raise ImportRefused("loading.checkpoint.indices", count=len(roots))
    if not all(name.startswith(f"{roots[0]}/") for name in archive.names):
        raise ImportRefused("loading.checkpoint.outside_folder")
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
