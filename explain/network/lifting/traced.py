"""A graph as a tracer or a file wrote it down: the one form that `translation` reads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import nn

Fits = Callable[[nn.Module], bool]
"""Says whether a module is what the source has under a path."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Node:
    """A value: what an operator of the source gives back, or what comes in from outside.

    `target` is an operator as the tables of `building` and `operations` know it, or a text that
    names what they do not know; None for inputs and tensors. `arguments` and `keywords` are plain
    nested sequences in which nodes stand for earlier values. `rank` counts the dimensions of the
    value, batch included; `path` is the dotted name of the module that the operator ran in.
    """

    name: str
    target: Any = None
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    rank: int = 0
    path: str = ""

    @property
    def parents(self) -> tuple["Node", ...]:
        """Return the nodes among the arguments, in order, each as often as it stands there."""
        return tuple(nodes_in((*self.arguments, *self.keywords.values())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What one input of the network may be: type, and smallest and largest size per dimension."""

    dtype: torch.dtype
    sizes: tuple[tuple[int, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All values in the order in which they are computed, what comes in and what goes out."""

    nodes: Sequence[Node]
    inputs: Mapping[Node, Input]
    output: Node | None
    """None: no node stands for it (a constant)."""


def nodes_in(argument: Any) -> Iterator[Node]:
    """Yield the nodes inside nested sequences, in order."""
    if isinstance(argument, Node):
        yield argument
    elif isinstance(argument, (list, tuple)):
        for part in argument:
            yield from nodes_in(part)
