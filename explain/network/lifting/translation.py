"""From an exported graph to layers and steps."""

import operator
import sys
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject, UnsupportedOperation, placed
from explain.core.messages import Message
from explain.core.network import Ref, Step
from explain.network.lifting.building import BUILDERS, Built, Call
from explain.network.lifting.layer_names import LayerNames
from explain.network.lifting.numbers import ITEM, number_of
from explain.network.lifting.traced import Fits, Graph, Input, Node, nodes_in
from explain.network.lifting.weights import Weights
from explain.network.operations import KEYS
from explain.network.steps import live, references

_aten = torch.ops.aten
_ZEROS = frozenset({_aten.zeros.default, _aten.zeros_like.default, _aten.new_zeros.default})
_COPIES = frozenset({_aten.clone.default, _aten.detach.default, _aten.alias.default})
_DROPPED_KEYWORDS = frozenset({"device", "pin_memory", "layout", "non_blocking"})
_PLAIN = (int, float, bool, str, torch.dtype, torch.memory_format)


class Translation:
    """What grows while a graph is read: modules and tensors by name, and the steps."""

    def __init__(self, graph: Graph, weights: Weights, source: Mapping[str, Fits]) -> None:
        self.modules: dict[str, nn.Module] = {}
        self.tensors: dict[str, Tensor] = {}
        self.steps: list[Step] = []
        self.unread: tuple[str, ...] = ()
        """Nodes of tensors that the answer does not depend on."""
        self._graph = graph
        self._weights = weights
        self._names = LayerNames(graph.nodes, source, weights.names.values())
        self._values: dict[Node, Ref] = {}
        self._paths: dict[Node, tuple[tuple[int, ...], ...]] = {}
        self._numbers: Counter[str] = Counter()
        self._uses = Counter(parent for node in graph.nodes for parent in node.parents)
        self._numbers_in: dict[Node, Any] = {}
        self._before: dict[Ref, str] = {}
        self._places: dict[str, int] = {}

    def read(self) -> None:
        """Read the whole graph."""
        needed = _needed(self._graph)
        for node in self._graph.nodes:
            if node in self._graph.inputs:
                self._values[node] = self._input(self._graph.inputs[node])
            elif node.target is not None and node in needed:
                with placed(UnsupportedOperation, partial(_place, node)):
                    self._read_call(node)
        tensors = (node.name for node in self._graph.nodes if node not in needed)
        self.unread = tuple(name for name in tensors if name in self._weights.names)
        self._output()
        self.steps = list(live(self.steps))
        used = {step.arguments[0] for step in self.steps if step.operation == "parameter"}
        self.tensors = {name: tensor for name, tensor in self.tensors.items() if name in used}
        self._refuse_double_names()

    def _refuse_double_names(self) -> None:
        """Refuse a weight that one step uses as it is and its own layer only after a change."""
        for name, tensor in self.tensors.items():
            layer, _, last = name.rpartition(".")
            owned = getattr(self.modules.get(layer), last, tensor)
            if owned is not tensor:
                raise UnsupportedOperation("unsupported_operation.two_versions", name=name)

    def _read_call(self, node: Node) -> None:
        if node.target in BUILDERS:
            self._values[node] = self._layer(node)
        elif node.target is operator.getitem:
            self._values[node] = self._item(node)
        elif node.target is ITEM:
            self._numbers_in[node] = self._number(number_of(node.arguments[0]))
        elif _changes_nothing(node):
            self._values[node] = self._reference(node.arguments[0])
        elif node.target in KEYS:
            self._values[node] = self._function(node)
        else:
            raise UnsupportedOperation("unsupported_operation", operation=str(node.target))

    def _input(self, given: Input) -> Ref:
        keywords = (("dtype", given.dtype), ("sizes", given.sizes))
        return self._step("input", (self._numbers["input"],), keywords)

    def _output(self) -> None:
        if self._graph.output is None:
            raise InvalidSubject("network.constant_output")
        self._step("output", (self._reference(self._graph.output),))

    def _layer(self, node: Node) -> Ref:
        call = self._call(node)
        built = BUILDERS[node.target](call)
        inputs = tuple(self._frozen(argument) for argument in built.inputs)
        name = self._names.name(
            node,
            built,
            weight=self._deciding_weight(call, built),
            before=self._last_layer(inputs),
        )
        self.modules[name] = built.module
        self._places[name] = len(self._places)
        self._paths[node] = built.outputs
        self.steps.append(Step(name=name, operation="module", module=name, arguments=inputs))
        self._before[Ref(name)] = name
        return Ref(name)

    def _call(self, node: Node) -> Call:
        arguments = _by_name(node)
        first = next(iter(node.parents), None)
        return Call(
            operator=str(node.target),
            arguments=arguments,
            tensor=self._weights.of,
            matrix=self._matrix,
            vector=self._weights.vector,
            is_zeros=_is_zeros,
            rank=0 if first is None else first.rank,
        )

    def _matrix(self, argument: Any) -> nn.Parameter | None:
        sole = isinstance(argument, Node) and self._uses[argument] == 1
        return self._weights.matrix(argument, sole=sole)

    def _deciding_weight(self, call: Call, built: Built) -> tuple[str, ...]:
        if built.weight is None:
            return ()
        argument = call[built.weight]
        return self._weights.roots(argument[0] if isinstance(argument, tuple) else argument)

    def _item(self, node: Node) -> Ref:
        whole, index = node.arguments
        if not isinstance(whole, Node) or not isinstance(index, int):
            raise UnsupportedOperation("unsupported_operation", operation=str(node.target))
        path: tuple[int, ...] = (index,)
        if whole in self._paths:
            if index >= len(self._paths[whole]):
                raise UnsupportedOperation(
                    "unsupported_operation.no_result", index=index, operation=str(whole.target)
                )
            path = self._paths[whole][index]
        reference = self._values[whole]
        return self._step("item", (reference, *path)) if path else reference

    def _number(self, found: Any) -> Any:
        """Return a number, or the step that computes it from sizes."""
        if not isinstance(found, Node) or found in self._values:
            return self._frozen(found)
        arguments = tuple(map(self._number, found.arguments))
        return self._step(KEYS[found.target], arguments)

    def _function(self, node: Node) -> Ref:
        keywords = {k: v for k, v in node.keywords.items() if k not in _DROPPED_KEYWORDS}
        frozen = tuple((name, self._frozen(value)) for name, value in keywords.items())
        return self._step(KEYS[node.target], self._frozen(node.arguments), frozen)

    def _frozen(self, argument: Any) -> Any:
        """Return an argument as plain nested tuples in which references stand for nodes."""
        if isinstance(argument, (list, tuple)):
            return tuple(self._frozen(part) for part in argument)
        if isinstance(argument, Node):
            known = argument in self._numbers_in
            return self._numbers_in[argument] if known else self._reference(argument)
        if argument is None or isinstance(argument, _PLAIN):
            return argument
        raise UnsupportedOperation("unsupported_operation.argument", kind=type(argument).__name__)

    def _reference(self, node: Any) -> Ref:
        if node not in self._values:
            self._values[node] = self._tensor(node)
        return self._values[node]

    def _tensor(self, node: Node) -> Ref:
        """Return the step that hands out a tensor which no layer owns."""
        tensor = self._weights.of(node)
        if tensor is None:
            raise UnsupportedOperation("unsupported_operation.value", name=node.name)
        name = self._weights.names[node.name]
        self.tensors[name] = tensor
        return self._step("parameter", (name,))

    def _step(
        self, key: str, arguments: tuple[Any, ...], keywords: tuple[tuple[str, Any], ...] = ()
    ) -> Ref:
        name = f"{key}:{self._numbers[key]}"
        self._numbers[key] += 1
        self.steps.append(
            Step(name=name, operation=key, module=None, arguments=arguments, keywords=keywords)
        )
        self._before[Ref(name)] = self._last_layer(arguments)
        return Ref(name)

    def _last_layer(self, arguments: Any) -> str:
        """Return the last layer that values come from: the latest one among them."""
        layers = [self._before[reference] for reference in references(arguments)]
        return max(layers, key=lambda name: self._places.get(name, -1), default="input") or "input"


def translate(graph: Graph, weights: Weights, source: Mapping[str, Fits]) -> Translation:
    """Return layers, tensors and steps of a graph.

    `source`: the modules that the graph was made from, by dotted name; layers are called so.

    Raises:
        UnsupportedOperation: an operator outside the allow-list, with its name.
        InvalidSubject: an output that no node stands for.
    """
    translation = Translation(graph, weights, source)
    translation.read()
    return translation


def _needed(graph: Graph) -> set[Node]:
    """Return the nodes that the output depends on; checks and unused branches are not."""
    needed: set[Node] = set()
    waiting = list(nodes_in(graph.output))
    while waiting:
        node = waiting.pop()
        if node not in needed:
            needed.add(node)
            waiting.extend(node.parents)
    return needed


def _place(node: Node) -> Message:
    return Message(
        "unsupported_operation.place", of="layer" if node.path else "forward", path=node.path
    )


def _by_name(node: Node) -> Mapping[str, Any]:
    """Return the arguments of a call by their names in the operator's schema."""
    target: Any = node.target
    names = [argument.name for argument in target._schema.arguments]  # noqa: SLF001 - no other door
    defaults = {
        argument.name: argument.default_value
        for argument in target._schema.arguments  # noqa: SLF001 - no other door
        if argument.has_default_value()
    }
    return {**defaults, **dict(zip(names, node.arguments, strict=False)), **node.keywords}


def _changes_nothing(node: Node) -> bool:
    """Return whether a node is a copy or a slice `x[:]`."""
    if node.target is not _aten.slice.Tensor:
        return node.target in _COPIES and not node.keywords
    arguments = _by_name(node)
    start, end, step = (arguments[name] for name in ("start", "end", "step"))
    endless = end is None or (isinstance(end, int) and end == sys.maxsize)
    return start in {None, 0} and endless and step == 1


def _is_zeros(argument: Any) -> bool:
    return isinstance(argument, Node) and argument.target in _ZEROS
