"""What a .pt2 file returns: which values, and what its author calls them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from explain.core.errors import ExplainError, ImportRefused
from explain.network import Output
from models.loading.files.pt2.fields import FLOATS, entries, only, text
from models.loading.files.pt2.rewriting import Fact
from models.loading.files.zip_archive import quoted_name
from models.loading.strict_json import parse_json

_SPEC_BYTES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A value that the network returns: its name in the graph, and where it stands."""

    value: str
    place: int


def returned(specs: list[object]) -> tuple[tuple[Returned, ...], int]:
    """Return the tensors among what goes out, and how much goes out in all.

    Raises:
        ImportRefused: the network writes to tensors of its own.
    """
    found, count = [], 0
    for spec in specs:
        kind, content = only(spec)
        if kind in _WRITES:
            raise ImportRefused("loading.pt2.writes_buffers", name=_written(kind, content))
        if kind != "user_output":
            continue
        argument, value = only(content.get("arg") if isinstance(content, dict) else None)
        if argument == "as_tensor":
            found.append(Returned(value=text(value, "name"), place=count))
        count += 1
    return tuple(found), count


_WRITES = MappingProxyType(
    {"buffer_mutation": "buffer_name", "parameter_mutation": "parameter_name"}
)


def _written(kind: str, content: object) -> str:
    name = content.get(_WRITES[kind]) if isinstance(content, Mapping) else None
    return quoted_name(str(name))


def output_of(one: Returned, names: tuple[str, ...], fact: Fact | None, *, rows: bool) -> Output:
    """Return what is told of a value; `rows`: whether it has one for each row of the inputs."""
    name = names[one.place]
    if fact is None:
        return Output(name=name, rows=rows)
    shape = tuple(size if isinstance(size, int) else None for size in fact.sizes[1:])
    return Output(name=name, shape=shape, rows=rows, numbers=fact.dtype in FLOATS)


def names_of(calls: object, count: int) -> tuple[str, ...]:
    """Return what the author calls each of `count` values: "logits", "boxes.1"; else their places.

    `calls`: the file's list of called modules; the first says how what goes out is put together.
    """
    places = tuple(map(str, range(count)))
    try:
        found = tuple(".".join(path) or "output" for path in _leaves(_spec(calls), ()))
    except (ExplainError, LookupError, TypeError):
        return places
    usable = len(found) == count and len(set(found)) == count
    return found if usable else places


def _spec(calls: object) -> object:
    """Return the form of what goes out, as torch writes it: a version and a tree."""
    first = calls[0] if isinstance(calls, list) else {}
    told = first["signature"]["out_spec"]
    return parse_json(str(told).encode(), _SPEC_BYTES)[1]  # type: ignore[index]


def _leaves(spec: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not isinstance(spec, Mapping) or spec.get("type") is None:
        yield path
        return
    parts = entries(spec, "children_spec")
    for name, part in zip(_called(spec.get("context"), len(parts)), parts, strict=True):
        yield from _leaves(part, (*path, name))


def _called(context: object, count: int) -> tuple[str, ...]:
    """Return the keys of a dict or the fields of a record; places of anything else."""
    told = parse_json(context.encode(), _SPEC_BYTES) if isinstance(context, str) else None
    keys: list[object] = told if isinstance(told, list) else []
    if keys and isinstance(keys[0], list):
        keys = keys[0]  # of a dataclass: the fields with a value, and those without
    return tuple(map(str, keys if len(keys) == count else range(count)))
