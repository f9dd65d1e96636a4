"""What work may take (memory, rows at once, threads), and how long it says how far it is."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.network import Network

Item = TypeVar("Item")


class Progress(Protocol):
    """Called with the share done, 0..1; raising inside it cancels the job and loses nothing."""

    def __call__(self, share: float, phase: str = "", /) -> None:
        """Hear the share done; `phase` is for work that says in words what it is doing."""


def silent(_share: float, _phase: str = "") -> None:
    """Tell nobody."""


def span(progress: Progress | None, start: float, end: float) -> Progress:
    """Return the progress of a job that is the part from `start` to `end` of the whole."""
    if progress is None:
        return silent

    def tell(share: float, phase: str = "") -> None:
        progress(start + (end - start) * share, *([phase] if phase else []))

    return tell


def portions(progress: Progress | None, count: int) -> Iterator[Progress]:
    """Yield the progress of each of `count` jobs of equal length."""
    for place in range(count):
        yield span(progress, place / count, (place + 1) / count)


def counted(items: Sequence[Item], progress: Progress | None) -> Iterator[Item]:
    """Yield the items; each is told as done when the next one is asked for, the last at the end."""
    for done, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(done / len(items))


def size_of_values(network: Network) -> int:
    """Return how many numbers the values of one row take, 1 or more."""
    return max(1, sum(torch.Size(step.shape).numel() for step in network.steps if step.shape))


def capacity(network: Network, elements: int = 2**22, most: int = 1024) -> int:
    """Return how many rows may run at once so that their values take about `elements` numbers."""
    return max(1, min(most, elements // size_of_values(network)))


_A_NUMBER = 16
"""Multiply-adds in the time of one number of a value."""


def affordable(network: Network, macs: float) -> int:
    """Return about how many rows take so many multiply-adds, 0 where one takes more."""
    products = sum(layer.macs for layer in network.layers)
    return int(macs / (products + _A_NUMBER * size_of_values(network)))


_BYTES = 2**25 - 2**14
"""Just below the largest block after which glibc still moves its threshold (32 MiB)."""


@cache
def keep_freed_memory() -> None:
    """Let glibc keep freed blocks of up to 32 MiB in place of giving each back to the system.

    A block that was mapped and is freed raises the size from which glibc maps blocks to its own,
    and lets up to twice as much stay free at the top of the heap. So one block, never written to,
    is asked for and dropped, once per process. Without that every portion of a game pays for
    fresh pages: measured on 33 sets of 4 rows of a convolution with 32 channels, 1.2 ms in place
    of 2.2. No effect with other allocators.
    """
    torch.empty(_BYTES, dtype=torch.uint8)


def give_freed_memory_back() -> None:
    """Return what is freed to the system, where the allocator is glibc's; else nothing happens.

    The counterpart of `keep_freed_memory`, for when something large is gone for good: freed blocks
    lie between those in use, and each thread's arena keeps its own. Some ten milliseconds.
    """
    _tell_glibc("malloc_trim", 0)


_ARENA_MAX = -8
"""glibc's `M_ARENA_MAX`."""


@cache
def share_one_heap() -> None:
    """Have all threads take memory from one place, where the allocator is glibc's; else nothing.

    By itself each thread has an arena of its own, up to eight a core, and what is freed in one is
    of no use to the others: 16 arenas of an app with 12 visitors held 447 MB that were free.
    Arenas that are there stay, so programs call it at their start.
    """
    _tell_glibc("mallopt", _ARENA_MAX, 1)


def _tell_glibc(name: str, *what: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function is not None:
        function(*what)


_AT_ONCE = min(4, os.cpu_count() or 1)
_LITTLE = 5e7

Result = TypeVar("Result")


def use_one_thread() -> None:
    """Make torch compute with one thread in this process; programs call it once at their start.

    Two threads on a busy two-core machine made training 40 times slower.
    """
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def workers(macs: float) -> int:
    """Return how many threads are worth it for so many multiply-adds: one core each, at most 4."""
    return 1 if macs < _LITTLE else _AT_ONCE


def side_by_side(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    macs: float,
    progress: Progress | None = None,
) -> list[Result]:
    """Return `work` of every item, in their order, on as many cores as there are, four at most.

    Args:
        work: must not write to what other items use.
        items: what to work on.
        macs: multiply-adds of everything; little work runs in the calling thread.
        progress: called with the share done after each item, by the calling thread; where it
            raises, what has not begun is dropped.

    Raises:
        What `work` and `progress` raise.
    """
    if min(workers(macs), len(items)) <= 1:
        return [work(item) for item in counted(items, progress)]
    context = copy_context()
    with ThreadPoolExecutor(workers(macs)) as pool:
        try:
            results = pool.map(lambda item: context.copy().run(work, item), items)
            return [next(results) for _ in counted(items, progress)]
        finally:
            pool.shutdown(cancel_futures=True)


_ITEM = 64
"""Bytes that a number or short text in a collection is taken for."""


def buffers(value: object) -> dict[int, int]:
    """Return the bytes of every piece of memory that a value holds, by its address.

    Two views of one tensor are one piece, and so are the tensors that two networks share: who
    keeps several values adds their pieces up, not their weights.
    """
    return dict(_walk(value))


def bytes_held(value: object) -> int:
    """Return the bytes of everything that a value holds, each piece of memory once."""
    return sum(buffers(value).values())


def _walk(value: Any) -> Iterator[tuple[int, int]]:
    if isinstance(value, Tensor):
        storage = value.untyped_storage()
        yield storage.data_ptr(), storage.nbytes()
    elif isinstance(value, np.ndarray):
        whole = _whole(value)
        yield id(whole), whole.nbytes
    elif isinstance(value, str | bytes | bytearray):
        yield id(value), len(value)
    else:
        for part in _parts(value):
            yield from _walk(part)
        if isinstance(value, tuple | list | Mapping | AbstractSet):
            yield id(value), _ITEM * len(value)


def _whole(array: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return the array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, nn.Module):
        return (*value.parameters(), *value.buffers())
    if is_dataclass(value):
        return (getattr(value, field.name) for field in fields(value))
    if isinstance(value, Mapping):
        return _rich(value.values())
    return _rich(value) if isinstance(value, tuple | list | AbstractSet) else ()


def _rich(items: Iterable[Any]) -> Iterable[Any]:
    """Return the items to look into: none where the first is a plain number or text.

    A column of half a million labels is counted, not walked.
    """
    return () if isinstance(next(iter(items), None), str | int | float) else items
