"""A bounded cache whose makers may report progress and be cancelled; one maker a key at a time."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

__all__ = ["Shelf"]

Value = TypeVar("Value")


class Shelf(Generic[Value]):
    """Keeps the `size` values used last. A maker that raises leaves nothing behind.

    With `weigh`, what it returns for all values together stays within `most` too; the value used
    last is kept whatever it weighs.
    """

    def __init__(
        self, size: int, *, weigh: Callable[[Value], int] | None = None, most: int = 0
    ) -> None:
        self._size, self._weigh, self._most = size, weigh, most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._weights: dict[Hashable, int] = {}
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def __contains__(self, key: Hashable) -> bool:
        """Return whether the value is there now."""
        with self._lock:
            return key in self._values

    def find(self, key: Hashable) -> Value | None:
        """Return the value of a key, None where it is not there."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; make it if it is not there, while others wait for it."""
        with self._lock:
            making = self._making.setdefault(key, Lock())
        with making:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
            try:
                value = make()
            except BaseException:
                self._making.pop(key, None)
                raise
            self.put(key, value)
            return value

    def put(self, key: Hashable, value: Value) -> None:
        """Keep a value that is there already."""
        weight = 0 if self._weigh is None else self._weigh(value)
        with self._lock:
            self._values[key], self._weights[key] = value, weight
            self._values.move_to_end(key)
            while len(self._values) > self._size or self._is_heavy():
                self._forget(next(iter(self._values)))

    def forget(self, which: Callable[[Hashable], bool]) -> None:
        """Drop the values whose keys are asked for."""
        with self._lock:
            for key in [key for key in self._values if which(key)]:
                self._forget(key)

    def _is_heavy(self) -> bool:
        return len(self._values) > 1 and 0 < self._most < sum(self._weights.values())

    def _forget(self, key: Hashable) -> None:
        self._values.pop(key)
        self._weights.pop(key)
        self._making.pop(key, None)
