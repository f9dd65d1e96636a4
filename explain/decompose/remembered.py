"""What was found out about the steps of a network, kept for its masked copies: they share them."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from explain.core.network import Step

__all__ = ["Remembered"]

_MOST = 16

Steps = tuple[Step, ...]
Found = TypeVar("Found")


class Remembered(Generic[Found]):
    """The last 16 answers, by the identity of a list of steps and by what else was asked.

    The steps stand beside the answer, so that no other list takes their place in memory. Any
    number of threads may ask at once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, Hashable], tuple[Steps, Found]] = {}

    def get(self, steps: Steps, asked: Hashable, find: Callable[[], Found]) -> Found:
        """Return what `find` returned the first time; it must depend on nothing else."""
        key = (id(steps), asked)
        known = self._known.get(key)
        if known is None or known[0] is not steps:
            known = (steps, find())
            self._known[key] = known
            for oldest in list(self._known)[:-_MOST]:
                self._known.pop(oldest, None)
        return known[1]
