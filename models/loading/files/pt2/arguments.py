"""Arguments of operators out of the file's JSON."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from explain.core.errors import ImportRefused
from models.loading.files.pt2.program_fields import entries, number_field, only, table_field, text
from models.loading.files.pt2.types import dtype_of_code, lower_dtype, memory_format_of
from models.loading.files.zip_archive import quoted_name

_CHARACTERS = 1_000
Lookup = Callable[[str], Any]
"""Gives the node for a name."""


def arguments_of(record: object) -> dict[str, object]:
    """Return the arguments of an operator by their names, as the file has them.

    Raises:
        ImportRefused: malformed, or one name twice.
    """
    found: dict[str, object] = {}
    for entry in entries(record, "inputs"):
        name = text(entry, "name")
        if name in found:
            raise ImportRefused("loading.pt2.argument_twice", name=quoted_name(name))
        found[name] = table_field(entry, "arg")
    return found


def decode_argument(argument: object, lookup: Lookup) -> Any:
    """Return an argument as a plain value; `lookup` gives the node for a name.

    Devices and layouts become None: everything is dense and on the processor here.

    Raises:
        ImportRefused: a graph inside the graph, a custom object, a complex number and the like.
    """
    kind, content = only(argument)
    if kind == "as_graph":
        raise ImportRefused("loading.pt2.graph_in_graph")
    if kind not in _KINDS:
        raise ImportRefused("loading.pt2.unread_argument", kind=quoted_name(kind))
    return _KINDS[kind](content, lookup)


def _list(part: Callable[[object, Lookup], Any]) -> Callable[[object, Lookup], Any]:
    def read(content: object, lookup: Lookup) -> Any:
        if not isinstance(content, list):
            raise ImportRefused("loading.pt2.no_list")
        return tuple(part(entry, lookup) for entry in content)

    return read


def _named(content: object, lookup: Lookup) -> Any:
    return lookup(text(content, "name"))


def _whole(content: object, _: Lookup) -> int:
    if isinstance(content, bool) or not isinstance(content, int):
        raise ImportRefused("loading.pt2.no_whole_number")
    return content


def _flag(content: object, _: Lookup) -> bool:
    if not isinstance(content, bool):
        raise ImportRefused("loading.pt2.no_truth_value")
    return content


def _text(content: object, _: Lookup) -> str:
    if not isinstance(content, str) or len(content) > _CHARACTERS:
        raise ImportRefused("loading.pt2.no_short_text")
    return content


def _symbolic(content: object, lookup: Lookup) -> Any:
    """Return a number, or the node of a size that is computed."""
    kind, value = only(content)
    if kind == "as_name" and isinstance(value, str):
        return lookup(value)
    if kind == "as_float":
        return number_field(value)
    return _whole(value, lookup)


def _optional(content: object, lookup: Lookup) -> Any:
    kind, value = only(content)
    return None if kind == "as_none" else _named(value, lookup)


def _nothing(_: object, __: Lookup) -> None:
    return None


def _number(content: object, _: Lookup) -> float:
    return number_field(content)


_KINDS: Mapping[str, Callable[[object, Lookup], Any]] = MappingProxyType(
    {
        "as_none": _nothing,
        "as_device": _nothing,
        "as_layout": _nothing,
        "as_tensor": _named,
        "as_tensors": _list(_named),
        "as_optional_tensor": _optional,
        "as_optional_tensors": _list(_optional),
        "as_int": _whole,
        "as_ints": _list(_whole),
        "as_float": _number,
        "as_floats": _list(_number),
        "as_bool": _flag,
        "as_bools": _list(_flag),
        "as_string": _text,
        "as_sym_int": _symbolic,
        "as_sym_ints": _list(_symbolic),
        "as_sym_float": _symbolic,
        "as_sym_floats": _list(_symbolic),
        "as_scalar_type": lambda content, _: lower_dtype(dtype_of_code(content)),
        "as_memory_format": lambda content, _: memory_format_of(content),
    }
)
