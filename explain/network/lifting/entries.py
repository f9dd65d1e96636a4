"""Which entries of the source's tensors a computed weight has, where it only moves them."""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from explain.network.lifting.traced import Node
from explain.network.lifting.weights import Weights
from explain.network.operations import FACTORIES, KEYS, MOVEMENT, OPERATIONS

_NONE = -1
_CAST = frozenset({"to", "copy"})
_FILLED = FACTORIES | {"zeros_like", "ones_like", "full_like"}


def ancestors(weights: Weights, tensor: Tensor) -> tuple[int, ...]:
    """Return the identities of the source's tensors that a lifted tensor is made of."""
    source = weights.source_of(tensor)
    return () if source is None else tuple(dict.fromkeys(_leaves(weights, source)))


def _leaves(weights: Weights, source: Tensor) -> Iterator[int]:
    if id(source) not in weights.recipes:
        yield id(source)
    for step in weights.recipes.get(id(source), ()):
        for parent in step.parents:
            given = weights.sources.get(parent.name)
            if given is not None and given is not source:
                yield from _leaves(weights, given)


def numbered_entries(weights: Weights, source: Tensor) -> tuple[Tensor, dict[int, int]] | None:
    """Return which entry of which of the source's tensors each entry of a computed one is.

    Entries are numbered through all of these tensors: the mapping has their identities and their
    first entries, in order; -1 is none of them. None where the source computes with values.
    Cost: 8 bytes an entry.
    """
    sizes = {id(given): given.numel() for given in weights.sources.values()}
    firsts, count = dict[int, int](), 0
    for one in ancestors(weights, source):
        firsts[one] = count
        count += sizes[one]
    entries = _entries(weights, source, firsts)
    return None if entries is None else (entries, firsts)


def _entries(weights: Weights, source: Tensor, firsts: Mapping[int, int]) -> Tensor | None:
    if id(source) not in weights.recipes:
        first = firsts[id(source)]
        return torch.arange(first, first + source.numel()).view(source.shape)
    moved = _Moved(weights, firsts)
    for step in weights.recipes[id(source)]:
        if not moved.runs(step):
            return None
    found: Tensor = moved.values[weights.recipes[id(source)][-1]]
    return found


class _Moved:
    """The steps of a weight, run on the numbers of entries in place of the entries."""

    def __init__(self, weights: Weights, firsts: Mapping[int, int]) -> None:
        self.values: dict[Node, Any] = {}
        self._weights = weights
        self._firsts = firsts

    def runs(self, node: Node) -> bool:
        """Run a step; return whether it only moves entries."""
        if node.target is operator.getitem:
            whole, index = node.arguments
            self.values[node] = self.values[whole][index]
            return True
        key = KEYS[node.target]
        if key not in MOVEMENT | _CAST | _FILLED:
            return False
        try:
            arguments = self._filled(node.arguments)
            keywords = {name: self._filled(value) for name, value in node.keywords.items()}
        except LookupError:
            return False
        if key in _CAST:
            self.values[node] = arguments[0]
            return True
        found = OPERATIONS[key](*arguments, **keywords)
        filled = key in _FILLED
        self.values[node] = torch.full_like(found, _NONE, dtype=torch.int64) if filled else found
        return True

    def _filled(self, argument: Any) -> Any:
        """Return an argument with numbers of entries for nodes.

        Raises:
            LookupError: a node that is no moved entry.
        """
        if isinstance(argument, (list, tuple)):
            return [self._filled(part) for part in argument]
        if not isinstance(argument, Node):
            return argument
        if argument in self.values:
            return self.values[argument]
        entries = _entries(self._weights, self._weights.sources[argument.name], self._firsts)
        if entries is None:
            raise LookupError(argument.name)
        return entries
