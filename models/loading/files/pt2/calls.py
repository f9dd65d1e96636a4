"""One operator as the file writes it down: what is called, with which arguments."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from explain.core.errors import ImportRefused
from models.loading.files.pt2.fields import (
    dtype_of_code,
    entries,
    lower_dtype,
    memory_format_of,
    number_field,
    only,
    table_field,
    text,
)
from models.loading.files.pt2.targets import ATEN, schema_names
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


def _number(content: object, _: Lookup) -> float:
    return number_field(content)


_KINDS: Mapping[str, Callable[[object, Lookup], Any]] = MappingProxyType(
    {
        **dict.fromkeys(("as_none", "as_device", "as_layout"), lambda _content, _lookup: None),
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


@dataclass(frozen=True, slots=True)
class Result:
    """The name of a result; `index`: its place where the operator gives back several."""

    name: str
    index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForm:
    """`first` is the name of the first argument that is a value; `listed`: the results are a list.

    `arguments` are plain values by their names.
    """

    target: str
    path: str
    arguments: Mapping[str, Any]
    results: tuple[Result, ...]
    first: str | None
    listed: bool

    @property
    def base(self) -> str:
        """Return the operator without its overload."""
        return self.target.rpartition(".")[0]

    @property
    def overload(self) -> str:
        """Return the overload: "default", "Tensor"."""
        return self.target.rpartition(".")[2]

    @property
    def title(self) -> str:
        """Return the operator as it may stand in a message."""
        return quoted_name(self.target.removeprefix("torch.ops."))[1:-1]

    @property
    def may_write(self) -> bool:
        """Return whether it may change its arguments: named so, or not known to be pure."""
        if self.base.startswith(ATEN):
            return self.base.endswith("_")
        return not self.base.startswith("_operator")


def call_of(record: object, path: str, lookup: Lookup) -> CallForm | None:
    """Return an operator that ran in the module `path`; None for a check, which gives nothing back.

    Raises:
        ImportRefused: malformed, or with arguments that are not read here.
    """
    given, outputs = arguments_of(record), entries(record, "outputs")
    call = CallForm(
        target=text(record, "target"),
        path=path,
        arguments={},
        results=tuple(_results(outputs)),
        first=_first(given),
        listed=len(outputs) == 1 and only(outputs[0])[0] == "as_tensors",
    )
    if not call.results and not call.may_write:
        return None
    arguments = {name: decode_argument(value, lookup) for name, value in given.items()}
    return replace(call, arguments=arguments)


def arrange_arguments(
    target: Any, arguments: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments as an operator takes them: by place where it allows that, else by name.

    Raises:
        ImportRefused: an argument that it has not.
    """
    schema = schema_names(target)
    if schema is None:
        return tuple(arguments.values()), {}
    if unknown := set(arguments) - {name for name, _, _ in schema}:
        raise ImportRefused(
            "loading.pt2.unknown_argument",
            target=quoted_name(str(target)),
            unknown=quoted_name(min(unknown)),
        )
    places = [(name, default) for name, default, by_name in schema if not by_name]
    given = [place for place, (name, _) in enumerate(places) if name in arguments]
    count = max(given, default=-1) + 1
    positional = tuple(arguments.get(name, default) for name, default in places[:count])
    return positional, {name: arguments[name] for name, _, by in schema if by and name in arguments}


def _results(outputs: list[object]) -> Iterator[Result]:
    for place, output in enumerate(outputs):
        kind, content = only(output)
        index = place if len(outputs) > 1 else None
        if kind == "as_tensor":
            yield Result(text(content, "name"), index)
        elif kind == "as_tensors" and isinstance(content, list) and len(outputs) == 1:
            yield from (Result(text(part, "name"), at) for at, part in enumerate(content))
        elif kind in {"as_sym_int", "as_sym_float", "as_sym_bool"}:
            yield from _symbol(content, index)
        elif kind != "as_none":
            raise ImportRefused("loading.pt2.unread_result", kind=quoted_name(kind))


def _symbol(content: object, index: int | None) -> Iterator[Result]:
    kind, name = only(content)
    if kind == "as_name" and isinstance(name, str):
        yield Result(name, index)


def _first(given: Mapping[str, object]) -> str | None:
    for argument in given.values():
        kind, content = only(argument)
        if kind == "as_tensors" and isinstance(content, list) and content:
            return text(content[0], "name")
        if kind == "as_tensor":
            return text(content, "name")
    return None
