"""The tensors of a traced network: which node of the graph is which tensor, copied or shared."""

import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import UnsupportedOperation
from explain.network.lifting.traced import Node
from explain.network.lifting.tracing import EXCLUSIVE
from explain.network.operations import KEYS, OPERATIONS

_aten = torch.ops.aten
_TRANSPOSED = frozenset(
    {_aten.t.default, _aten.transpose.int, _aten.permute.default, _aten.numpy_T.default}
)
_SIDES = 2
_ELEMENTS = 500_000_000
_OPERATIONS = 100


class Weights:
    """Finds the tensor behind a node of the graph; what is tied in the source stays tied.

    `names`: node name -> dotted name of the tensor; `sources`: node name -> the tensor;
    `aliases`: identity of a tensor -> all its dotted names. `share=False` copies each tensor once
    (strides kept), so that the network owns its weights.
    """

    def __init__(
        self,
        *,
        names: Mapping[str, str],
        sources: Mapping[str, Tensor],
        aliases: Mapping[int, tuple[str, ...]],
        share: bool,
    ) -> None:
        self.names = names
        self.sources = dict(sources)
        """Node name -> tensor: those of the source, later also those computed of them."""
        self._aliases = aliases
        self._share = share
        self._made: dict[int, Tensor] = {}
        self._roots: dict[Node, tuple[str, ...]] = {}
        self._places: dict[tuple[int, int], Tensor] = {}
        self.recipes: dict[int, tuple[Node, ...]] = {}
        """Identity of a computed tensor -> what computes it, in order."""

    def count(self, names: Collection[str]) -> int:
        """Return how many numbers the tensors of these nodes hold, tied ones once."""
        found = {id(self.sources[name]): self.sources[name] for name in names}
        return sum(tensor.numel() for tensor in found.values())

    def of(self, node: Node | None) -> Tensor | None:
        """Return the tensor a node stands for, computed from other tensors where needed.

        Raises:
            UnsupportedOperation: the node depends on the network's inputs, or takes more than
                a few operations.
        """
        if node is None:
            return None
        if node.name in self.sources:
            return self.own(self.sources[node.name])
        return self._computed(node)

    def matrix(self, node: Any, *, sole: bool) -> nn.Parameter | None:
        """Return the right side [inputs, outputs] of a product as a layer's [outputs, inputs].

        A parameter that the source transposes is itself returned. None for anything else but a
        parameter of two dimensions, and, unless this use is the `sole` one, for a parameter whose
        other uses would not see that the layer's weight changes.
        """
        if isinstance(node, Node) and node.target in _TRANSPOSED:
            return self._flat(node.arguments[0])
        found = self._flat(node) if sole and len(self.roots(node)) == 1 else None
        if found is None:
            return None
        return nn.Parameter(found.detach().t(), requires_grad=found.requires_grad)

    def vector(self, node: Any) -> nn.Parameter | None:
        """Return a parameter of one dimension, None for anything else."""
        return self._flat(node, 1)

    def _flat(self, node: Any, dimensions: int = _SIDES) -> nn.Parameter | None:
        given = self.sources.get(node.name) if isinstance(node, Node) else None
        if not isinstance(given, nn.Parameter) or given.dim() != dimensions:
            return None
        own = self.own(given)
        return own if isinstance(own, nn.Parameter) else None

    def roots(self, node: Any) -> tuple[str, ...]:
        """Return all dotted names of the first tensor that a weight is made of."""
        if not isinstance(node, Node):
            return ()
        if node not in self._roots:
            self._roots[node] = self._found_roots(node)
        return self._roots[node]

    def _found_roots(self, node: Node) -> tuple[str, ...]:
        if node.name in self.names:
            return self._aliases.get(id(self.sources[node.name]), (self.names[node.name],))
        return next(filter(None, map(self.roots, node.parents)), ())

    def own(self, tensor: Tensor) -> Tensor:
        """Return the network's tensor for a source's: a copy, always the same, or itself."""
        if id(tensor) not in self._made:
            self._made[id(tensor)] = tensor if self._share else _copied(tensor)
        return self._made[id(tensor)]

    def _computed(self, node: Node) -> Tensor:
        """Evaluate a weight that the source computes (weight norm, a slice of a larger tensor)."""
        order = self._order(node)
        value = self._run(order, {})
        used = [n.name for step in order for n in step.parents if n.name in self.sources]
        needs_gradient = any(self.sources[name].requires_grad for name in used)
        made = nn.Parameter(value.detach().clone(), requires_grad=needs_gradient)
        self.sources[node.name] = made
        self._made[id(made)] = made
        self.recipes[id(made)] = tuple(order)
        return made

    def recomputed(self, made: Tensor, instead: Mapping[int, Tensor]) -> Tensor:
        """Return a computed tensor with other values `instead` of some that it is made of.

        `instead`: identity of the source's tensor -> its values.
        """
        known = {
            step: instead[id(given)]
            for order in (self.recipes[id(made)],)
            for step in (parent for one in order for parent in one.parents)
            if (given := self.sources.get(step.name)) is not None and id(given) in instead
        }
        return self._run(self.recipes[id(made)], known)

    def _run(self, order: Sequence[Node], known: Mapping[Node, Tensor]) -> Tensor:
        values: dict[Node, Any] = dict(known)
        with torch.no_grad():
            for step in order:
                values[step] = self._value(step, values)
        found: Tensor = values[order[-1]]
        return found

    def source_of(self, tensor: Tensor) -> Tensor | None:
        """Return the tensor, of the source or computed, whose memory a layer's tensor is.

        None for one that was made for the layer alone.
        """
        if len(self._places) != len(self._made):
            known = {id(source): source for source in self.sources.values()}
            self._places = {
                (own.data_ptr(), own.numel()): known[one]
                for one, own in self._made.items()
                if own.numel() and one in known
            }
        return self._places.get((tensor.data_ptr(), tensor.numel()))

    def _order(self, node: Node) -> list[Node]:
        """Return what has to run for a node, in order.

        Raises:
            UnsupportedOperation: it is more than a few operations.
        """
        order: dict[Node, None] = {}
        self._collect(node, order, depth=0)
        return list(order)

    def _collect(self, node: Node, order: dict[Node, None], depth: int) -> None:
        if max(depth, len(order)) > _OPERATIONS:
            raise UnsupportedOperation("unsupported_operation.long_weight", most=_OPERATIONS)
        for parent in node.parents:
            if parent.name not in self.sources and parent not in order:
                self._collect(parent, order, depth + 1)
        order[node] = None

    def _value(self, node: Node, values: Mapping[Node, Any]) -> Any:
        if node.target is operator.getitem:
            whole, index = node.arguments
            return values[whole][index]
        if node.target not in KEYS:
            if node.target is None:
                raise UnsupportedOperation("unsupported_operation.weight_of_input")
            raise UnsupportedOperation(
                "unsupported_operation.weight_by", operation=str(node.target)
            )
        function = OPERATIONS[KEYS[node.target]]
        arguments = self._filled(node.arguments, values)
        keywords = {k: self._filled(v, values) for k, v in node.keywords.items()}
        _check_size(function, arguments, keywords)
        return function(*arguments, **keywords)

    def _filled(self, argument: Any, values: Mapping[Node, Any]) -> Any:
        if isinstance(argument, (list, tuple)):
            return [self._filled(part, values) for part in argument]
        if not isinstance(argument, Node):
            return argument
        if argument in values:
            return values[argument]
        return self.sources[argument.name].detach()


def _check_size(function: Callable[..., Any], arguments: Any, keywords: Any) -> None:
    """Run an operation on shapes alone and refuse a result that nobody has room for."""
    with EXCLUSIVE, torch.device("meta"):
        try:
            result = function(*_shapes(arguments), **_shapes(keywords))
        except NotImplementedError:
            return
    if _elements(result) > _ELEMENTS:
        raise UnsupportedOperation("unsupported_operation.large_weight", most=_ELEMENTS)


def _shapes(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to("meta")
    if isinstance(value, dict):
        return {name: _shapes(part) for name, part in value.items()}
    return [_shapes(part) for part in value] if isinstance(value, (list, tuple)) else value


def _elements(value: Any) -> int:
    if isinstance(value, Tensor):
        return value.numel()
    return sum(map(_elements, value)) if isinstance(value, (list, tuple)) else 0


def _copied(tensor: Tensor) -> Tensor:
    copied = tensor.detach().clone()
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(copied, requires_grad=tensor.requires_grad)
    return copied
