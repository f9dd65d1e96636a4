"""The operators of a file read one after the other.

Writing in place is said without it: the name, and every other name of the same value, goes over to
the result. What is written to a slice goes over to the values that it is a slice of. Another view
of a value that was changed that way is refused where it is used afterwards.
"""

import operator
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from explain.core.errors import ImportRefused
from explain.network.lifting.traced import Node, nodes_in
from models.loading.files.pt2.calls import CallForm, Result, arrange_arguments, call_of
from models.loading.files.pt2.rewriting import REWRITES, Fact, Use
from models.loading.files.pt2.targets import ATEN, IN_PLACE, MOVES, TARGETS
from models.loading.files.pt2.values import Back, ValueNodes

_SLICES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    f"{ATEN}slice.Tensor": ("slice_scatter.default", ("dim", "start", "end", "step")),
    f"{ATEN}select.int": ("select_scatter.default", ("dim", "index")),
}
"""View -> the operator that writes a part back, and the view's arguments that it takes."""

_STALE = "a view of a value that is changed in place afterwards"


class Tape:
    """Reads operators in order; `nodes` grows. `facts`: name in the file -> what it states."""

    def __init__(self, facts: Callable[[str], Fact | None]) -> None:
        self.nodes: list[Node] = []
        self._stated = facts
        self._facts: dict[Node, Fact] = {}
        self._values = ValueNodes()
        self._fixed: set[Node] = set()

    def enter(self, name: str, tensor: str | None = None) -> Node:
        """Return the node of something that comes in from outside: an input, or a tensor."""
        node = self._node(None, rank=self._rank(name))
        self._add(name, node)
        if tensor is not None:
            self._values.own(name, tensor)
            self._fixed.add(node)
        return node

    def value(self, name: str) -> Node:
        """Return what a name stands for by now.

        Raises:
            ImportRefused: nothing was called so before.
        """
        return self._values.named(name)

    def read(self, record: object, path: str) -> None:
        """Read one operator that ran in the module `path`.

        Raises:
            ImportRefused: malformed, or it writes to a tensor of the network.
        """
        call = call_of(record, path, self.value)
        if call is None:
            return
        if call.base in IN_PLACE:
            self._write(call)
            return
        node = self._made(call.target, call)
        if isinstance(node.target, str) and call.may_write:
            stale = partial(self._node, node.target)
            self._values.spoil(nodes_in(tuple(call.arguments.values())), stale)
        moved = call.base in MOVES or any(node is value for value in call.arguments.values())
        beside = self._values.number(call.first) if moved and call.first is not None else None
        if call.target in REWRITES and not call.listed:
            self._bind_first(call, node, beside)
        else:
            back = self._back(call)
            for result in call.results:
                self._bind(result, node, beside, back)

    def _back(self, call: CallForm) -> Back | None:
        """Return how a value is made anew when this slice of it is written to; None for others."""
        if call.target not in _SLICES:
            return None
        operator_name, names = _SLICES[call.target]
        scatter = TARGETS[f"{ATEN}{operator_name}"]
        where = {name: call.arguments[name] for name in names if name in call.arguments}

        def back(whole: Node, part: Node) -> Node:
            node = self._node(scatter, (whole, part), where, rank=whole.rank, path=call.path)
            if whole in self._facts:
                self._facts[node] = self._facts[whole]
            return node

        return back

    def _made(self, target: str, call: CallForm) -> Node:
        rank = self._rank(call.results[0].name) if call.results else 0

        def emit(called: Any, *positional: Any, **keywords: Any) -> Node:
            known = TARGETS[f"{ATEN}{called}"] if isinstance(called, str) else called
            return self._node(known, positional, keywords, rank=rank, path=call.path)

        if target in REWRITES:
            return REWRITES[target](
                Use(
                    arguments=call.arguments,
                    fact=self._fact,
                    is_fixed=self._fixed.__contains__,
                    emit=emit,
                )
            )
        if target not in TARGETS:
            return self._node(call.title, tuple(call.arguments.values()), path=call.path)
        positional, keywords = arrange_arguments(TARGETS[target], call.arguments)
        return emit(TARGETS[target], *positional, **keywords)

    def _write(self, call: CallForm) -> None:
        """Read an operator that writes into its first argument."""
        if call.first is None or len(call.results) > 1:
            raise ImportRefused("loading.pt2.in_place_on_nothing", title=call.title)
        number = self._values.number(call.first)
        before = self._values.node(number)
        node = self._made(f"{IN_PLACE[call.base]}.{call.overload}", call)
        if node is not before:
            self._check_types(call, before)
            self._values.replace(number, node, partial(self._node, _STALE))
            if before in self._facts:
                self._facts[node] = self._facts[before]
        for result in call.results:
            self._values.name(result.name, number)

    def _check_types(self, call: CallForm, before: Node) -> None:
        """Refuse a result that in place would be cast to another type."""
        if call.base == f"{ATEN}copy_" or before not in self._facts:
            return
        own = self._facts[before].dtype
        for node in nodes_in(tuple(call.arguments.values())):
            other = self._facts.get(node)
            if other is not None and other.sizes and torch.promote_types(own, other.dtype) != own:
                raise ImportRefused("loading.pt2.in_place_other_type", title=call.title)

    def _bind_first(self, call: CallForm, node: Node, beside: int | None) -> None:
        """Bind the first result alone: the operator is said as one that has no others."""
        for place, result in enumerate(call.results):
            if result.index in {None, 0}:
                self._bind(Result(result.name, None), node, beside)
            else:
                self._add(result.name, self._node(f"result {place} of {call.title}"))

    def _bind(
        self, result: Result, node: Node, beside: int | None, back: Back | None = None
    ) -> None:
        if result.index is not None:
            part = (node, result.index)
            rank = self._rank(result.name)
            node = self._node(operator.getitem, part, rank=rank, path=node.path)
        if beside is not None and node is self._values.node(beside):
            self._values.name(result.name, beside)
        else:
            self._add(result.name, node, beside=beside, back=back)

    def _add(
        self, name: str, node: Node, *, beside: int | None = None, back: Back | None = None
    ) -> None:
        self._values.add(name, node, beside=beside, back=back)
        if (fact := self._stated(name)) is not None:
            self._facts[node] = fact

    def _rank(self, name: str) -> int:
        fact = self._stated(name)
        return 0 if fact is None else len(fact.sizes)

    def _fact(self, value: Any) -> Fact:
        if value not in self._facts:
            target = getattr(value, "target", None)
            if isinstance(target, str):
                raise ImportRefused("loading.pt2.unread_view", target=target)
            raise ImportRefused("loading.pt2.value_without_sizes")
        return self._facts[value]

    def _node(
        self,
        target: Any,
        arguments: tuple[Any, ...] = (),
        keywords: Mapping[str, Any] | None = None,
        *,
        rank: int = 0,
        path: str = "",
    ) -> Node:
        node = Node(
            name=f"v{len(self.nodes)}",
            target=target,
            arguments=arguments,
            keywords=keywords or {},
            rank=rank,
            path=path,
        )
        self.nodes.append(node)
        if target is not None and all(parent in self._fixed for parent in node.parents):
            self._fixed.add(node)
        return node
