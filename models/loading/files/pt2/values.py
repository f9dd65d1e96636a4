"""What the names in a file stand for, and which values lie in the same memory."""

from collections.abc import Callable, Iterable

from explain.core.errors import ImportRefused
from explain.network.lifting.traced import Node
from models.loading.files.zip_archive import quoted_name


class ValueNodes:
    """Names, each of one value; values, each of one node by now; memory that several may share.

    Several names of one value go over to a new node together. Values are numbered as they come.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._nodes: list[Node] = []
        self._memory: list[int] = []
        self._sharing: dict[int, set[int]] = {}
        self._places: dict[Node, int] = {}
        self._owned: dict[int, str] = {}

    def add(self, name: str, node: Node, *, beside: int | None = None) -> None:
        """Let a name stand for a new value, in memory of its own or in that of another value.

        Raises:
            ImportRefused: the name is taken.
        """
        number = len(self._nodes)
        memory = number if beside is None else self._memory[beside]
        self._nodes.append(node)
        self._memory.append(memory)
        self._sharing.setdefault(memory, set()).add(number)
        self._places[node] = number
        self.name(name, number)

    def own(self, name: str, tensor: str) -> None:
        """Note that a value is a tensor of the network, which nothing may write to."""
        self._owned[self._memory[self._numbers[name]]] = tensor

    def name(self, name: str, number: int) -> None:
        """Give one more name to a value.

        Raises:
            ImportRefused: the name is taken.
        """
        if name in self._numbers:
            raise ImportRefused("loading.pt2.name_twice", name=quoted_name(name))
        self._numbers[name] = number

    def number(self, name: str) -> int:
        """Return the number of what a name stands for.

        Raises:
            ImportRefused: nothing was called so before.
        """
        if name not in self._numbers:
            raise ImportRefused("loading.pt2.used_before", name=quoted_name(name))
        return self._numbers[name]

    def node(self, number: int) -> Node:
        """Return the node of a value by now."""
        return self._nodes[number]

    def named(self, name: str) -> Node:
        """Return the node of what a name stands for by now."""
        return self._nodes[self.number(name)]

    def replace(self, number: int, node: Node, stale: Callable[[], Node]) -> None:
        """Let a value be `node` from now on; what else lies in its memory becomes `stale()`.

        Raises:
            ImportRefused: the memory is that of a tensor of the network.
        """
        memory = self._memory[number]
        if memory in self._owned:
            raise ImportRefused("loading.pt2.writes_tensor", owned=quoted_name(self._owned[memory]))
        for other in self._sharing[memory] - {number}:
            self._nodes[other] = stale()
        self._nodes[number] = node
        self._places[node] = number
        self._sharing[memory] = {number}

    def spoil(self, nodes: Iterable[Node], stale: Callable[[], Node]) -> None:
        """Let every value that lies in the memory of these nodes become `stale()`."""
        for node in nodes:
            if node in self._places:
                for other in self._sharing[self._memory[self._places[node]]]:
                    self._nodes[other] = stale()
