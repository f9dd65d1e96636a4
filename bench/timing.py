"""Times of rival ways to do the same work, taken in turn in one process."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Seconds of each round: CPU time of this process, and time on the wall."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]


def take_turns(cases: Mapping[str, Work], rounds: int) -> dict[str, Times]:
    """Run every case once a round, one uncounted round first, garbage collection held back.

    Cases that stand next to each other in time share the noise of the machine, so the ratio of
    two of them is taken round by round. Each round starts with another case.
    """
    cpu: dict[str, list[float]] = {name: [] for name in cases}
    wall: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(rounds + 1):
        for name, work in _from(list(cases.items()), turn):
            gc.disable()
            started, running = time.perf_counter(), time.process_time()
            work()
            spent, waited = time.process_time() - running, time.perf_counter() - started
            gc.enable()
            if turn:
                cpu[name].append(spent)
                wall[name].append(waited)
    return {name: Times(cpu=tuple(cpu[name]), wall=tuple(wall[name])) for name in cases}


def _from(cases: list[tuple[str, Work]], turn: int) -> list[tuple[str, Work]]:
    at = turn % len(cases)
    return cases[at:] + cases[:at]


def ratio(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the median over rounds of one time divided by the other's."""
    return median(a / b for a, b in zip(one, other, strict=True))


def quantile(values: tuple[float, ...], share: float) -> float:
    """Return the smallest value that is not below that share of all values."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
