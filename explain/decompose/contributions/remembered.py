"""What was found out about the steps of a network, kept with it for its masked copies."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from explain.network import Lifted

_MOST = 16

Found = TypeVar("Found")


class Memo(Generic[Found]):
    """The last 16 answers about each network, by what was asked.

    They lie with the network and go with its last copy. Any number of threads may ask at once.
    """

    def get(self, network: Lifted, asked: Hashable, find: Callable[[], Found]) -> Found:
        """Return what `find` returned the first time; it must depend on nothing but the steps."""
        known: dict[Hashable, Found] = network.known.setdefault(self, {})
        if (found := known.get(asked)) is not None:
            return found
        found = known[asked] = find()
        for oldest in list(known)[:-_MOST]:
            known.pop(oldest, None)
        return found
