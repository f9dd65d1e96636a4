"""One thread per forward pass; what there is more than one of runs side by side."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

from explain.core.progress import Progress, counted

_AT_ONCE = min(4, os.cpu_count() or 1)
_LITTLE = 5e7

Item = TypeVar("Item")
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
    with ThreadPoolExecutor(workers(macs)) as pool:
        try:
            results = pool.map(work, items)
            return [next(results) for _ in counted(items, progress)]
        finally:
            pool.shutdown(cancel_futures=True)
