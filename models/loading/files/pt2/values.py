"""What the names in a file stand for, and of which size."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from explain.core.errors import ImportRefused
from explain.network.lifting.traced import Node
from models.loading.files.pt2.fields import only, table_field, text
from models.loading.files.zip_archive import quoted_name

_SYMBOL = re.compile(
    r"(?:Symbol\('(?P<call>\w{1,40})'(?:, \w{1,20}=(?:True|False))*\)|(?P<bare>[A-Za-z_]\w{0,39}))"
)
_ENDLESS = 2**31
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A size that may vary: its name in the file ("" for a formula) and that of the example."""

    name: str
    hint: int | None = None


Size = int | Symbol


def size_of(value: object) -> Size:
    """Return a size out of the file.

    Raises:
        ImportRefused: neither a number nor an expression.
    """
    kind, content = only(value)
    if kind == "as_int" and isinstance(content, int) and not isinstance(content, bool):
        return content
    if kind != "as_expr":
        raise ImportRefused("loading.pt2.no_size")
    found = _SYMBOL.fullmatch(text(content, "expr_str"))
    name = (found["call"] or found["bare"]) if found else ""
    return Symbol(name=name, hint=_hint(content))


def size_names(sizes: Iterable[Size]) -> tuple[int | str, ...]:
    """Return sizes that compare equal where the file says the same of them."""
    return tuple(size if isinstance(size, int) else size.name for size in sizes)


def _hint(content: object) -> int | None:
    hint = content.get("hint") if isinstance(content, dict) else None
    if hint is None:
        return None
    kind, value = only(hint)
    return value if kind == "as_int" and isinstance(value, int) and value > 0 else None


def range_of(symbol: Symbol, constraints: Mapping[str, object]) -> tuple[int, int | None]:
    """Return the smallest and the largest size (None: any) that the file allows for a symbol.

    Torch never states a smallest size below 2; one works as well.

    Raises:
        ImportRefused: the size is a formula, or its range is empty.
    """
    if not symbol.name:
        raise ImportRefused("loading.pt2.input_size_is_formula")
    if symbol.name not in constraints:
        return 1, None
    limits = table_field(constraints, symbol.name)
    low, high = (_end(limits.get(key)) for key in ("min_val", "max_val"))
    least = 1 if low is None or low <= _FEWEST else low
    if high is not None and high < least:
        raise ImportRefused("loading.pt2.empty_range", name=quoted_name(symbol.name))
    return least, None if high is None or high >= _ENDLESS else high


def _end(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ImportRefused("loading.pt2.range_no_pair")


Back = Callable[[Node, Node], Node]
"""What a value becomes when a part of it is written to: from the value before, and the part."""


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
        self._origins: dict[int, tuple[int, Back]] = {}

    def add(
        self, name: str, node: Node, *, beside: int | None = None, back: Back | None = None
    ) -> None:
        """Let a name stand for a new value, in memory of its own or in that of another value.

        `back`: how that other value is made anew when this part of it is.

        Raises:
            ImportRefused: the name is taken.
        """
        number = len(self._nodes)
        memory = number if beside is None else self._memory[beside]
        self._nodes.append(node)
        self._memory.append(memory)
        self._sharing.setdefault(memory, set()).add(number)
        self._places[node] = number
        if beside is not None and back is not None:
            self._origins[number] = beside, back
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
        """Let a value be `node` from now on, and what it is a part of go along.

        What else lies in its memory becomes `stale()`.

        Raises:
            ImportRefused: the memory is that of a tensor of the network.
        """
        memory = self._memory[number]
        if memory in self._owned:
            raise ImportRefused("loading.pt2.writes_tensor", owned=quoted_name(self._owned[memory]))
        written = {number: node}
        while number in self._origins:
            number, back = self._origins[number]
            written[number] = node = back(self._nodes[number], node)
        for other in self._sharing[memory] - written.keys():
            self._nodes[other] = stale()
        for each, by_now in written.items():
            self._nodes[each] = by_now
            self._places[by_now] = each
        self._sharing[memory] = set(written)

    def spoil(self, nodes: Iterable[Node], stale: Callable[[], Node]) -> None:
        """Let every value that lies in the memory of these nodes become `stale()`."""
        for node in nodes:
            if node in self._places:
                for other in self._sharing[self._memory[self._places[node]]]:
                    self._nodes[other] = stale()
