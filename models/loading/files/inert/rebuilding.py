"""The few calls in a pickle that mean data: dicts, tensors, storages; all others stay dead."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TypeGuard

import torch

from explain.core.errors import ImportRefused, placed
from explain.core.messages import Message
from models.loading.files.inert.values import Foreign, Name, Storage, StoredTensor
from models.loading.files.zip_archive import quoted_name

_DIMENSIONS = 8
_STORAGES = MappingProxyType(
    {
        "FloatStorage": torch.float32,
        "DoubleStorage": torch.float64,
        "HalfStorage": torch.float16,
        "BFloat16Storage": torch.bfloat16,
        "LongStorage": torch.int64,
        "IntStorage": torch.int32,
        "ShortStorage": torch.int16,
        "CharStorage": torch.int8,
        "ByteStorage": torch.uint8,
        "BoolStorage": torch.bool,
    }
)
_TENSORS = frozenset({"torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2"})
_PARAMETERS = frozenset(
    {"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"}
)
_DICT = "collections.OrderedDict"
_TUPLE = "torch.Size"
_SETS = frozenset({"builtins.set", "__builtin__.set", "builtins.frozenset"})
PLAIN = frozenset(
    {_DICT, _TUPLE, "torch.device", "torch.serialization._get_layout"}
    | _TENSORS
    | _PARAMETERS
    | _SETS
    | {f"torch.{name}" for name in _STORAGES}
    | {f"torch.{str(dtype).removeprefix('torch.')}" for dtype in _STORAGES.values()}
)
"""Names that ordinary weights use; every other name is reported as a foreign class."""

_PROGRAMS = frozenset(
    {"asyncio", "code", "codeop", "commands", "ctypes", "ftplib", "http", "importlib", "marshal"}
    | {"multiprocessing", "nt", "os", "pdb", "pickle", "_pickle", "pip", "pkgutil", "posix", "pty"}
    | {"requests", "runpy", "shutil", "smtplib", "socket", "subprocess", "sys", "timeit"}
    | {"urllib", "webbrowser"}
)
_RUNNING = frozenset(
    {"__import__", "apply", "breakpoint", "compile", "delattr", "eval", "exec", "execfile"}
    | {"globals", "input", "locals", "open", "setattr"}
)


def check_name(name: Name) -> None:
    """Check that a name is not one of those by which a pickle runs programs.

    Nothing would run here anyway: this is for people, who should throw such a file away.

    Raises:
        ImportRefused: it is.
    """
    runs = name.module in {"builtins", "__builtin__"} and name.name.split(".")[0] in _RUNNING
    if runs or name.module.split(".")[0] in _PROGRAMS:
        raise ImportRefused("loading.checkpoint.calls.program", name=quoted_name(name.dotted))


def call(function: object, arguments: object) -> object:
    """Return what calling `function` would give where that is data, else a dead placeholder."""
    name = "an unnamed object"
    if isinstance(function, Name | Foreign):
        name = function.dotted if isinstance(function, Name) else function.name
    given = arguments if isinstance(arguments, tuple) else ()
    if name in _PARAMETERS and given and isinstance(given[0], StoredTensor):
        return given[0]
    if name in _TENSORS and len(given) >= 4:
        return _tensor(given)
    if name == _TUPLE and given and isinstance(given[0], tuple):
        return given[0]
    if name in _SETS:
        return given[0] if given and isinstance(given[0], list) else []
    if name == _DICT and (not given or _are_pairs(given[0])):
        items: dict[str | int, object] = {}
        enter(items, given[0] if given else ())
        return items
    return Foreign(name, arguments)


def _are_pairs(value: object) -> TypeGuard[list[list[object]]]:
    """Whether a list is how Python 2 wrote down the items of an ordered dict."""
    return isinstance(value, list) and all(isinstance(p, list) and len(p) == 2 for p in value)


def enter(items: dict[str | int, object], pairs: Iterable[Sequence[object]]) -> None:
    """Enter pairs whose keys are words or numbers; others can be no names of tensors.

    Raises:
        ImportRefused: a key stands there twice.
    """
    for key, value in pairs:
        if isinstance(key, str | int):
            if key in items:
                raise ImportRefused(
                    "loading.checkpoint.pickle.key_twice", name=quoted_name(str(key))
                )
            items[key] = value


def identified(identity: object) -> Storage | Name:
    """Return what a persistent id of a torch file names: a storage, or the class of a module.

    Before torch 1.6 a class stands there with its source, which nobody reads, and a storage may be
    a view of another one.

    Raises:
        ImportRefused: it names something else, or numbers of a rare type.
    """
    given = identity if isinstance(identity, tuple) else ()
    if len(given) == 4 and given[0] == "module" and isinstance(given[1], Name):
        return given[1]
    if len(given) not in {5, 6} or given[0] != "storage":
        raise ImportRefused("loading.checkpoint.calls.no_storage")
    _, kind, key, _, elements, *view = given
    if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in _STORAGES:
        known = kind.dotted if isinstance(kind, Name) else type(kind).__name__
        raise ImportRefused("loading.checkpoint.calls.rare_type", kind=quoted_name(known))
    if not isinstance(key, str) or type(elements) is not int or elements < 0:
        raise ImportRefused("loading.checkpoint.calls.storage_without_place")
    return Storage(dtype=_STORAGES[kind.name], key=key, elements=elements, start=_start(view))


def _start(view: Sequence[object]) -> int:
    """Return at which element of its storage a view begins."""
    if not view or view[0] is None:
        return 0
    if not isinstance(view[0], tuple) or len(view[0]) != 3 or type(view[0][1]) is not int:
        raise ImportRefused("loading.checkpoint.calls.storage_without_place")
    return view[0][1]


def _tensor(given: Sequence[object]) -> StoredTensor:
    storage, offset, size, stride = given[:4]
    if not isinstance(storage, Storage) or type(offset) is not int:
        raise ImportRefused("loading.checkpoint.calls.tensor_without_storage")
    with placed(ImportRefused, partial(_in_storage, storage.key)):
        return StoredTensor(
            storage=replace(storage, start=0),
            offset=storage.start + offset,
            size=_whole(size),
            stride=_whole(stride),
        )


def _in_storage(key: str) -> Message:
    return Message("loading.checkpoint.calls.in_storage", key=quoted_name(key))


def _whole(value: object) -> tuple[int, ...]:
    if not isinstance(value, tuple | list) or len(value) > _DIMENSIONS:
        raise ImportRefused("loading.checkpoint.calls.tensor_without_shape")
    if not all(type(number) is int for number in value):
        raise ImportRefused("loading.checkpoint.calls.no_whole_numbers")
    return tuple(value)
