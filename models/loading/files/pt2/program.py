"""The parsed JSON of a network: values, tensors, inputs and outputs, operators in order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from explain.core.errors import ImportRefused, placed
from explain.core.messages import Message
from explain.network import Output
from explain.network.lifting.traced import Input
from models.loading.files.pt2.fields import (
    computed_dtype,
    entries,
    only,
    table_field,
    text,
)
from models.loading.files.pt2.naming import modules_of
from models.loading.files.pt2.outputs import Returned, names_of, output_of, returned
from models.loading.files.pt2.payload import Kind
from models.loading.files.pt2.rewriting import Fact
from models.loading.files.pt2.values import Size, range_of, size_names, size_of
from models.loading.files.zip_archive import quoted_name
from models.loading.limits import Limits

_TENSORS: Mapping[str, tuple[Kind, str]] = {
    "parameter": ("parameter", "parameter_name"),
    "buffer": ("buffer", "buffer_name"),
    "tensor_constant": ("constant", "tensor_constant_name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The parts of the graph.

    `tensors`: name of a value -> name and kind of the tensor it is; `inputs`: names of values;
    `returned`: the values that go out, `called` what the author calls each of all that goes out;
    `values`: name -> what is stated about it;
    `operators`: as in the file; `classes`: path of a module -> its class.
    """

    values: Mapping[str, object]
    tensors: Mapping[str, tuple[str, Kind]]
    inputs: tuple[str, ...]
    returned: tuple[Returned, ...]
    called: tuple[str, ...]
    operators: tuple[object, ...]
    constraints: Mapping[str, object]
    guards: tuple[object, ...]
    classes: Mapping[str, str]

    def fact(self, name: str) -> Fact | None:
        """Return what the file states about a value; None: nothing."""
        if name not in self.values:
            return None
        with placed(ImportRefused, partial(_at_value, name)):
            meta = table_field(self.values, name)
            return Fact(
                dtype=computed_dtype(meta.get("dtype")),
                sizes=tuple(map(size_of, entries(meta, "sizes"))),
            )

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Return what is told of every value that goes out."""
        facts = [fact for fact in map(self.fact, self.inputs) if fact is not None]
        rows = {size_names(fact.sizes[:1]) for fact in facts}
        return tuple(self._output(one, rows) for one in self.returned)

    def _output(self, one: Returned, rows: set[tuple[int | str, ...]]) -> Output:
        fact = self.fact(one.value)
        sizes = () if fact is None else fact.sizes
        each = bool(sizes) and size_names(sizes[:1]) in rows
        return output_of(one, self.called, fact, rows=each)


def read_program(source: Mapping[str, object], limits: Limits) -> Program:
    """Return the parts of a network.

    Raises:
        ImportRefused: too large, malformed, custom objects among the inputs, tensors that the
            network writes to.
    """
    module = table_field(source, "graph_module")
    graph, signature = table_field(module, "graph"), table_field(module, "signature")
    operators = entries(graph, "nodes")
    if len(operators) > limits.nodes:
        raise ImportRefused(
            "loading.pt2.too_many_operations", count=len(operators), most=limits.nodes
        )
    specs = entries(signature, "input_specs")
    if len(specs) > limits.tensors:
        raise ImportRefused("loading.pt2.too_many_tensors", count=len(specs), most=limits.tensors)
    guards = source.get("guards_code")
    found, count = returned(entries(signature, "output_specs"))
    return Program(
        values=table_field(graph, "tensor_values"),
        tensors=dict(_tensors(specs)),
        inputs=tuple(_inputs(specs)),
        returned=found,
        called=names_of(module.get("module_call_graph"), count),
        operators=tuple(operators),
        constraints=table_field(source, "range_constraints"),
        guards=tuple(guards) if isinstance(guards, list) else (),
        classes=_classes(operators, module, limits),
    )


def _tensors(specs: list[object]) -> Iterator[tuple[str, tuple[str, Kind]]]:
    for spec in specs:
        kind, content = only(spec)
        if kind in _TENSORS:
            name, key = _TENSORS[kind]
            kept = not isinstance(content, dict) or content.get("persistent") is not False
            value = text(table_field(content, "arg"), "name")
            yield value, (text(content, key), name if kept else "constant")
        elif kind not in {"user_input", "constant_input"}:
            raise ImportRefused("loading.pt2.input_of_a_kind", kind=quoted_name(kind))


def _inputs(specs: list[object]) -> Iterator[str]:
    for spec in specs:
        kind, content = only(spec)
        if kind == "user_input":
            argument, value = only(table_field(content, "arg"))
            if argument != "as_tensor":
                raise ImportRefused("loading.pt2.input_no_tensor", kind=quoted_name(argument))
            yield text(value, "name")


def _classes(
    operators: list[object], module: Mapping[str, object], limits: Limits
) -> dict[str, str]:
    """Return path -> class of every module that the file mentions."""
    found: dict[str, str] = {}
    for record in operators:
        metadata = record.get("metadata") if isinstance(record, dict) else None
        if isinstance(metadata, dict):
            for path, kind in modules_of(metadata.get("nn_module_stack")):
                found.setdefault(path, kind)
    calls = module.get("module_call_graph")
    for call in cast("list[object]", calls) if isinstance(calls, list) else []:
        name = call.get("fqn") if isinstance(call, dict) else None
        if isinstance(name, str):
            found.setdefault(name.partition("@")[0], "")
    if len(found) > limits.nodes:
        raise ImportRefused("loading.pt2.too_many_modules", count=len(found), most=limits.nodes)
    return found


_PLAIN = re.compile(r"[^%/]*(<=|>=|<|>|==|!=)[^%/]*")
_PLACE = re.compile(r"size\(\)\[(\d{1,3})\]")
_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class InputForm:
    """An input: what it may be, and the shape of one example sample."""

    given: Input
    shape: tuple[int, ...]


def input_forms(
    given: Mapping[str, Fact],
    constraints: Mapping[str, object],
    fixed: frozenset[int],
    limits: Limits,
) -> tuple[InputForm, ...]:
    """Return the inputs of a network, `given` by their names.

    `constraints`: the ranges of sizes that the file states; `fixed`: dimensions that stay as in
    the example.

    Raises:
        ImportRefused: no inputs or too many, no batch dimension, a size that is a formula.
    """
    if not 0 < len(given) <= limits.inputs:
        raise ImportRefused("loading.pt2.too_many_inputs", count=len(given), most=limits.inputs)
    if not all(fact.sizes for fact in given.values()) and len(given) == 1:
        raise ImportRefused("loading.pt2.input_without_batch", name=quoted_name(next(iter(given))))
    found = []
    for name, fact in given.items():
        with placed(ImportRefused, partial(_at_input, name)):
            found.append(_taken(fact, constraints, fixed, limits))
    return tuple(found)


def _at_input(name: str) -> Message:
    return Message("loading.pt2.at_input", name=quoted_name(name))


def _at_value(name: str) -> Message:
    return Message("loading.pt2.at_value", name=quoted_name(name))


def fixed_places(guards: Sequence[object]) -> frozenset[int]:
    """Return the dimensions about which the file states more than a range; text is only searched.

    Such a condition ("length divisible by 2") is not checked here, so the size has to stay.
    """
    odd = [str(guard) for guard in guards if not _PLAIN.fullmatch(str(guard))]
    return frozenset(int(place) for guard in odd for place in _PLACE.findall(guard))


def _taken(
    fact: Fact, constraints: Mapping[str, object], fixed: frozenset[int], limits: Limits
) -> InputForm:
    if fact.dtype.is_complex:
        raise ImportRefused("loading.pt2.unread_type", code=str(fact.dtype))
    ranges = tuple(
        _settled(size, constraints, most=limits.sequence if place else None, stay=place in fixed)
        for place, size in enumerate(fact.sizes)
    )
    shape = tuple(
        _example(size, ends) for size, ends in zip(fact.sizes[1:], ranges[1:], strict=True)
    )
    return InputForm(given=Input(dtype=fact.dtype, sizes=ranges), shape=shape)


def _settled(
    size: Size, constraints: Mapping[str, object], *, most: int | None, stay: bool
) -> tuple[int, int | None]:
    if isinstance(size, int):
        if size < 1:
            raise ImportRefused("loading.pt2.input_of_size_zero")
        return size, size
    low, high = range_of(size, constraints)
    if stay:
        if size.hint is None:
            raise ImportRefused("loading.pt2.unchecked_condition")
        return size.hint, size.hint
    ends = [end for end in (high, most) if end is not None]
    if ends and min(ends) < low:
        raise ImportRefused("loading.pt2.sequences_too_long", low=low, ends=min(ends))
    return low, min(ends, default=None)


def _example(size: Size, ends: tuple[int, int | None]) -> int:
    """Return a size to look at the network with: that of the example where it is in range."""
    low, high = ends
    wanted = size if isinstance(size, int) else size.hint or _LENGTH
    return max(low, wanted if high is None else min(wanted, high))
