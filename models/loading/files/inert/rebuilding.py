"""The few calls in a pickle that mean data: dicts, tensors, storages; all others stay dead."""

from collections.abc import Sequence
from types import MappingProxyType

import torch

from explain.core.errors import ImportRefused
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
_TENSOR = "torch._utils._rebuild_tensor_v2"
_PARAMETERS = frozenset(
    {"torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state"}
)
_DICT = "collections.OrderedDict"
_TUPLE = "torch.Size"
_SETS = frozenset({"builtins.set", "__builtin__.set", "builtins.frozenset"})
PLAIN = frozenset(
    {_TENSOR, _DICT, _TUPLE, "torch.device", "torch.serialization._get_layout"}
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
    if name == _TENSOR and len(given) >= 4:
        return _tensor(given)
    if name == _TUPLE and given and isinstance(given[0], tuple):
        return given[0]
    if name in _SETS:
        return given[0] if given and isinstance(given[0], list) else []
    if name == _DICT and not given:
        return {}
    return Foreign(name, arguments)


def storage_of(identity: object) -> Storage:
    """Return the storage that a persistent id of a torch file names.

    Raises:
        ImportRefused: it names something else, or numbers of a rare type.
    """
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise ImportRefused("loading.checkpoint.calls.no_storage")
    _, kind, key, _, elements = identity
    if not isinstance(kind, Name) or kind.module != "torch" or kind.name not in _STORAGES:
        known = kind.dotted if isinstance(kind, Name) else type(kind).__name__
        raise ImportRefused("loading.checkpoint.calls.rare_type", kind=quoted_name(known))
    if not isinstance(key, str) or type(elements) is not int or elements < 0:
        raise ImportRefused("loading.checkpoint.calls.storage_without_place")
    return Storage(dtype=_STORAGES[kind.name], key=key, elements=elements)


def _tensor(given: Sequence[object]) -> StoredTensor:
    storage, offset, size, stride = given[:4]
    if not isinstance(storage, Storage) or type(offset) is not int:
        raise ImportRefused("loading.checkpoint.calls.tensor_without_storage")
    return StoredTensor(storage=storage, offset=offset, size=_whole(size), stride=_whole(stride))


def _whole(value: object) -> tuple[int, ...]:
    if not isinstance(value, tuple | list) or len(value) > _DIMENSIONS:
        raise ImportRefused("loading.checkpoint.calls.tensor_without_shape")
    if not all(type(number) is int for number in value):
        raise ImportRefused("loading.checkpoint.calls.no_whole_numbers")
    return tuple(value)
