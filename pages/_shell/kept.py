"""Values that all sessions share: made once a key under a bar that moves, gone with their model."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import update_wrapper
from inspect import signature
from threading import Event, Lock
from typing import Any, Generic, ParamSpec, TypeVar, cast
from weakref import WeakSet

import streamlit as st

from explain.core import Progress, buffers, silent
from explain.core.messages import say
from pages._shell.charts import plain

HEAVY = 1_000_000_000
"""Bytes for what is large and asked for at every move: networks, scores, masks."""
_USUAL = 256_000_000
MODELS = 256
"""Models at most that people have loaded, whatever they weigh: room for one value of each."""

Given = ParamSpec("Given")
Value = TypeVar("Value")
Key = tuple[Any, ...]


class Kept(Generic[Given, Value]):
    """A function whose values are kept: the `size` used last, together within `most` bytes.

    One caller a key makes the value while others wait for it; different keys are made side by
    side. A maker that raises leaves nothing behind. The value used last is kept whatever it
    weighs. The key is everything that the function takes but `progress`, which tells how far it is
    and may raise to cancel; with `key`, what that makes of it.
    """

    def __init__(
        self,
        make: Callable[Given, Value],
        *,
        size: int,
        most: int = _USUAL,
        key: Callable[..., Key] | None = None,
    ) -> None:
        self._make, self._size, self._most, self._key = make, size, most, key
        self._signature = signature(make)
        self._names = tuple(self._signature.parameters)
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._pieces: dict[Key, dict[int, int]] = {}
        self._holders: Counter[int] = Counter()
        self._making: dict[Key, Event] = {}
        self._lock = Lock()
        self.bytes = 0
        """What all values take together; memory that several of them hold counts once."""
        update_wrapper(self, make)
        STORES.add(self)

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Value:
        """Return the value of a key; make it if it is not there, while others wait for it."""
        key, told = self._read(*args, **kwargs)
        while True:
            with self._lock:
                if key in self._values:
                    self._values.move_to_end(key)
                    return self._values[key]
                others = self._making.get(key)
                if others is None:
                    mine = self._making[key] = Event()
                    break
            others.wait()
        return self._made(key, mine, told)

    def ready(self, *args: Given.args, **kwargs: Given.kwargs) -> bool:
        """Return whether the value is there now."""
        key, _ = self._read(*args, **kwargs)
        with self._lock:
            return key in self._values

    def put(self, value: Value, *args: Given.args, **kwargs: Given.kwargs) -> None:
        """Keep a value that was made elsewhere."""
        key, _ = self._read(*args, **kwargs)
        pieces = buffers(value)
        with self._lock:
            self._keep(key, value, pieces)

    def there(self) -> tuple[Key, ...]:
        """Return the keys of what is there, the one used last at the end."""
        with self._lock:
            return tuple(self._values)

    def forget(self, model: str) -> None:
        """Drop every value whose key names this model; what is being made now is not kept."""
        with self._lock:
            for key in [key for key in self._values if _names(key, model)]:
                self._drop(key)
            for key in [key for key in self._making if _names(key, model)]:
                self._making.pop(key).set()

    def _read(self, *args: Any, **kwargs: Any) -> tuple[Key, dict[str, Progress]]:
        """Return the key of a call, and what it tells its progress to."""
        if kwargs or len(args) < len(self._names):
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args = tuple(bound.arguments.values())
        given = dict(zip(self._names, args, strict=True))
        told = {"progress": given.pop("progress")} if "progress" in given else {}
        key = tuple(given.values())
        return key if self._key is None else self._key(*key), told

    def _made(self, key: Key, mine: Event, told: dict[str, Progress]) -> Value:
        try:
            value = cast("Callable[..., Value]", self._make)(*key, **told)
            pieces = buffers(value)
            with self._lock:
                if self._making.get(key) is mine:
                    self._keep(key, value, pieces)
            return value
        finally:
            with self._lock:
                if self._making.get(key) is mine:
                    del self._making[key]
            mine.set()

    def _keep(self, key: Key, value: Value, pieces: dict[int, int]) -> None:
        if key in self._values:
            self._drop(key)
        self._values[key], self._pieces[key] = value, pieces
        self.bytes += sum(size for at, size in pieces.items() if not self._holders[at])
        self._holders.update(pieces.keys())
        while len(self._values) > self._size or (len(self._values) > 1 and self.bytes > self._most):
            self._drop(next(iter(self._values)))

    def _drop(self, key: Key) -> None:
        del self._values[key]
        pieces = self._pieces.pop(key)
        self._holders.subtract(pieces.keys())
        gone = [at for at in pieces if not self._holders[at]]
        self.bytes -= sum(pieces[at] for at in gone)
        for at in gone:
            del self._holders[at]


STORES: WeakSet[Kept[..., Any]] = WeakSet()
"""Everything that is kept in this process."""


def kept(
    *, size: int, most: int = _USUAL, key: Callable[..., Key] | None = None
) -> Callable[[Callable[Given, Value]], Kept[Given, Value]]:
    """Keep the values of the function below; see `Kept`.

    Its arguments are hashable and name every model that the value was made from, plainly or in
    tuples and frozen dataclasses: that is how `forget_model` finds it. `key` takes them (without
    `progress`) and returns those that the value depends on, in the function's order: a plan at
    amount 0, where the amount plays no part.
    """
    return lambda make: Kept(make, size=size, most=most, key=key)


def forget_model(model: str) -> None:
    """Drop everything that was made from a model."""
    for store in tuple(STORES):
        store.forget(model)


def _names(part: object, model: str) -> bool:
    if isinstance(part, str):
        return part == model
    if is_dataclass(part):
        part = tuple(getattr(part, field.name) for field in fields(part))
    return isinstance(part, tuple) and any(_names(one, model) for one in part)


_PAINT = 0.06

Result = TypeVar("Result")


def let_the_browser_paint() -> None:
    """Wait a moment, so that what was sent is on the screen before heavy parts keep it busy.

    Streamlit paints what arrives within 10 ms together; a table and four Plotly charts then hold
    the three numbers back by several hundred milliseconds.
    """
    time.sleep(_PAINT)


@contextmanager
def bar(title: str, beside: Callable[[], object] | None = None) -> Iterator[Progress]:
    """Show a bar that moves while what is inside runs, and what `beside` draws under it."""
    place = st.empty()
    with place.container():
        shown = st.progress(0.0, text=_reached(title, 0.0))
        if beside is not None:
            beside()

    def tell(share: float, phase: str = "") -> None:
        share = min(1.0, max(0.0, share))
        shown.progress(share, text=_reached(title, share, phase))

    try:
        yield tell
    finally:
        place.empty()


def _reached(title: str, share: float, phase: str = "") -> str:
    if phase:
        return plain(say("shell.in_phase", title=title, phase=phase))
    return plain(say("shell.progress", title=title, share=share))


def with_progress(title: str, work: Callable[[Progress], Result], *, ready: bool = False) -> Result:
    """Run `work(progress)` under a progress bar, or without one where the result is ready.

    Each report of progress is a point at which Streamlit may stop the run because the person did
    something else; the work then ends there and its result is not kept.
    """
    if ready:
        return work(silent)
    with bar(title) as progress:
        return work(progress)
