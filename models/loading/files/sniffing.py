"""Which reader a file needs, by its content; its name and extension are not asked."""

from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType

from explain.core.errors import ImportRefused
from models.loading.files.contents import Reading
from models.loading.files.signatures import kind_of_zip, signature_of
from models.loading.files.zip_directory import members
from models.loading.limits import LIMITS, Limits

Reader = Callable[[bytes, Limits], Reading]
_READERS = MappingProxyType(
    {
        "pt2": (".pt2", "read_pt2"),
        "onnx": (".onnx", "read_onnx"),
        "safetensors": (".safetensors", "read_safetensors"),
        "checkpoint": (".checkpoint", "read_checkpoint"),
    }
)
"""Format -> module and function; only the one that is needed is imported."""


def reader_of(data: bytes) -> Reader:
    """Return the reader for these bytes, see `format_of`.

    Raises:
        ImportRefused: a file of another kind, with what it is and what works in its place.
    """
    module, name = _READERS[format_of(data)]
    try:
        reader: Reader = getattr(import_module(module, __package__), name)
    except ModuleNotFoundError as error:
        raise ImportRefused("loading.files.package_missing", name=error.name) from error
    return reader


def format_of(data: bytes) -> str:
    """Return "pt2", "onnx", "safetensors" or "checkpoint".

    Of a zip file the directory is read, of any other the first bytes.

    Raises:
        ImportRefused: a file of another kind, with what it is and what works in its place.
    """
    kind = signature_of(data)
    if kind == "zip-file":
        kind = kind_of_zip([member.name for member in members(data, LIMITS.zip_entries)])
    if kind not in _READERS:
        raise ImportRefused("loading.foreign", kind=kind)
    return kind
