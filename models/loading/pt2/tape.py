"""The operators of a file read one after the other, and what each name stands for by then.

Writing in place is said without it: the name, and every other name of the same value, goes over to
the result. A view of a value that was changed that way is refused where it is used afterwards.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

from explain.network.traced import Node, nodes_in
from models.loading.archive import shown
from models.loading.pt2.arguments import arguments_of, decoded
from models.loading.pt2.fields import entries, only, text
from models.loading.pt2.refusal import refusal
from models.loading.pt2.rewriting import REWRITES, Fact, Use
from models.loading.pt2.targets import ATEN, IN_PLACE, MOVES, TARGETS, schema_names

__all__ = ["Tape"]

_STALE = "a view of a value that is changed in place afterwards"


class Tape:
    """Reads operators in order; `nodes` grows. `facts`: name in the file -> what it states."""

    def __init__(self, facts: Callable[[str], Fact | None]) -> None:
        self.nodes: list[Node] = []
        self._fact_of_name = facts
        self._facts: dict[Node, Fact] = {}
        self._values: list[Node] = []
        self._memory: list[int] = []
        self._sharing: dict[int, set[int]] = {}
        self._numbers: dict[str, int] = {}
        self._places: dict[Node, int] = {}
        self._fixed: set[Node] = set()
        self._owned: dict[int, str] = {}

    def enter(self, name: str, tensor: str | None = None) -> Node:
        """Return the node of something that comes in from outside: an input, or a tensor."""
        fact = self._fact_of_name(name)
        node = self._node(None, (), {}, 0 if fact is None else len(fact.sizes), "")
        self._bind(name, node, self._new_memory())
        if tensor is not None:
            self._owned[self._memory[self._numbers[name]]] = tensor
            self._fixed.add(node)
        return node

    def value(self, name: str) -> Node:
        """Return what a name stands for by now.

        Raises:
            ImportRefused: nothing was called so before.
        """
        if name not in self._numbers:
            raise refusal(f"uses {shown(name)} before it is there")
        return self._values[self._numbers[name]]

    def read(self, record: object, path: str) -> None:
        """Read one operator that ran in the module `path`.

        Raises:
            ImportRefused: malformed, or it writes to a tensor of the network.
        """
        target, given = text(record, "target"), arguments_of(record)
        outputs = tuple(_outputs(entries(record, "outputs")))
        base = target.rpartition(".")[0]
        if not outputs and not _may_write(base):
            return
        first = _first_name(given)
        arguments = {name: decoded(value, self.value) for name, value in given.items()}
        rank = self._rank_of(outputs)
        if base in IN_PLACE:
            overload = target.rpartition(".")[2]
            self._write(first, f"{IN_PLACE[base]}.{overload}", arguments, rank, path, outputs)
            return
        node = self._made(target, arguments, rank, path)
        if isinstance(node.target, str) and _may_write(base):
            self._spoil(arguments.values(), node.target)
        moved = base in MOVES or any(node is value for value in arguments.values())
        source = self._numbers[first] if moved and first is not None else None
        one = target in REWRITES and len(entries(record, "outputs")) > 1
        self._bind_all(((outputs[0][0], None),) if one else outputs, node, source)
        for name, index in outputs[1:] if one else ():
            missing = f"result {index} of {_printable(target)}"
            self._bind(name, self._node(missing, (), {}, 0, ""), self._new_memory())

    def _made(self, target: str, arguments: Mapping[str, Any], rank: int, path: str) -> Node:
        """Return the node of an operator."""

        def emit(called: Any, *positional: Any, **keywords: Any) -> Node:
            known = TARGETS[f"{ATEN}{called}"] if isinstance(called, str) else called
            return self._node(known, positional, keywords, rank, path)

        if target in REWRITES:
            use = Use(
                arguments=arguments, fact=self._fact, is_fixed=self._fixed.__contains__, emit=emit
            )
            return REWRITES[target](use)
        if target not in TARGETS:
            return self._node(_printable(target), tuple(arguments.values()), {}, rank, path)
        positional, keywords = _arranged(TARGETS[target], arguments)
        return self._node(TARGETS[target], positional, keywords, rank, path)

    def _write(
        self,
        first: str | None,
        target: str,
        arguments: Mapping[str, Any],
        rank: int,
        path: str,
        outputs: tuple[tuple[str, int | None], ...],
    ) -> None:
        """Read an operator that writes into its first argument."""
        if first is None or len(outputs) > 1:
            raise refusal(f"calls {shown(target)} in place on nothing")
        number = self._numbers[first]
        memory = self._memory[number]
        if memory in self._owned:
            raise refusal(
                f"writes to its own tensor {shown(self._owned[memory])} while it runs",
                hint="Call model.eval() first; a network here keeps nothing between two calls.",
            )
        before = self._values[number]
        node = self._made(target, arguments, rank or before.rank, path)
        if node is not before:
            self._check_types(target, before, arguments)
            self._replace(number, node)
        for name, _ in outputs:
            self._name(name, number)

    def _replace(self, number: int, node: Node) -> None:
        """Let a value be `node` from now on; what else lies in its memory is no longer true."""
        if (fact := self._facts.get(self._values[number])) is not None:
            self._facts[node] = fact
        self._values[number] = node
        self._places[node] = number
        memory = self._memory[number]
        for other in self._sharing[memory] - {number}:
            self._values[other] = self._node(_STALE, (), {}, 0, "")
        self._sharing[memory] = {number}

    def _spoil(self, arguments: Iterable[Any], reason: str) -> None:
        """Forget every value that an unknown operator may have written to."""
        for node in nodes_in(tuple(arguments)):
            if node in self._places:
                for other in self._sharing[self._memory[self._places[node]]]:
                    self._values[other] = self._node(reason, (), {}, 0, "")

    def _check_types(self, target: str, before: Node, arguments: Mapping[str, Any]) -> None:
        """Refuse a result that in place would be cast to another type."""
        if ".copy." in target or before not in self._facts:
            return
        own = self._facts[before].dtype
        for node in nodes_in(tuple(arguments.values())):
            other = self._facts.get(node)
            if other is not None and other.sizes and torch.promote_types(own, other.dtype) != own:
                raise refusal(f"calls {shown(target)} in place with a value of another type")

    def _bind_all(
        self, outputs: tuple[tuple[str, int | None], ...], node: Node, source: int | None
    ) -> None:
        for name, index in outputs:
            part = node if index is None else self._part(node, name, index)
            if source is not None and part is self._values[source]:
                self._name(name, source)
            else:
                shared = None if source is None else self._memory[source]
                self._bind(name, part, self._new_memory() if shared is None else shared)

    def _part(self, node: Node, name: str, index: int) -> Node:
        fact = self._fact_of_name(name)
        rank = 0 if fact is None else len(fact.sizes)
        return self._node(operator.getitem, (node, index), {}, rank, node.path)

    def _bind(self, name: str, node: Node, memory: int) -> None:
        number = len(self._values)
        self._values.append(node)
        self._places[node] = number
        self._memory.append(memory)
        self._sharing.setdefault(memory, set()).add(number)
        self._name(name, number)
        if (fact := self._fact_of_name(name)) is not None:
            self._facts[node] = fact

    def _name(self, name: str, number: int) -> None:
        if name in self._numbers:
            raise refusal(f"calls two values {shown(name)}")
        self._numbers[name] = number

    def _new_memory(self) -> int:
        return len(self._memory)

    def _rank_of(self, outputs: tuple[tuple[str, int | None], ...]) -> int:
        fact = self._fact_of_name(outputs[0][0]) if outputs else None
        return 0 if fact is None else len(fact.sizes)

    def _fact(self, value: Any) -> Fact:
        if value not in self._facts:
            reason = value.target if isinstance(getattr(value, "target", None), str) else "a value"
            raise refusal(f"does not state the sizes of {reason}")
        return self._facts[value]

    def _node(
        self,
        target: Any,
        arguments: tuple[Any, ...],
        keywords: Mapping[str, Any],
        rank: int,
        path: str,
    ) -> Node:
        node = Node(
            name=f"v{len(self.nodes)}",
            target=target,
            arguments=arguments,
            keywords=keywords,
            rank=rank,
            path=path,
        )
        self.nodes.append(node)
        if target is not None and all(parent in self._fixed for parent in node.parents):
            self._fixed.add(node)
        return node


def _outputs(outputs: list[object]) -> Iterator[tuple[str, int | None]]:
    """Yield each name that an operator gives back, with its place where there are several."""
    for place, output in enumerate(outputs):
        kind, content = only(output)
        index = place if len(outputs) > 1 else None
        if kind == "as_tensor":
            yield text(content, "name"), index
        elif kind == "as_tensors" and isinstance(content, list) and len(outputs) == 1:
            yield from ((text(part, "name"), at) for at, part in enumerate(content))
        elif kind in {"as_sym_int", "as_sym_float", "as_sym_bool"}:
            yield from _symbol(content, index)
        elif kind != "as_none":
            raise refusal(f"has an operator that gives back something else ({shown(kind)})")


def _symbol(content: object, index: int | None) -> Iterator[tuple[str, int | None]]:
    kind, name = only(content)
    if kind == "as_name" and isinstance(name, str):
        yield name, index


def _first_name(given: Mapping[str, object]) -> str | None:
    """Return the name of the first argument that is a value."""
    for argument in given.values():
        kind, content = only(argument)
        if kind == "as_tensors" and isinstance(content, list) and content:
            return text(content[0], "name")
        if kind == "as_tensor":
            return text(content, "name")
    return None


def _printable(target: str) -> str:
    """Return the name of an operator as it may stand in a message."""
    return shown(target.removeprefix("torch.ops."))[1:-1]


def _may_write(base: str) -> bool:
    """Return whether an operator may change its arguments: named so, or not known to be pure."""
    return base.endswith("_") if base.startswith(ATEN) else not base.startswith("_operator")


def _arranged(target: Any, arguments: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments as the operator takes them: by place where it allows that, else by name."""
    schema = schema_names(target)
    if schema is None:
        return tuple(arguments.values()), {}
    if unknown := set(arguments) - {name for name, _, _ in schema}:
        raise refusal(f"calls {shown(str(target))} with {shown(min(unknown))}, which it has not")
    places = [(name, default) for name, default, by_name in schema if not by_name]
    given = [place for place, (name, _) in enumerate(places) if name in arguments]
    count = max(given, default=-1) + 1
    positional = tuple(arguments.get(name, default) for name, default in places[:count])
    return positional, {name: arguments[name] for name, _, by in schema if by and name in arguments}
