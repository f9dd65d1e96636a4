"""Good files with a few bytes changed, cut or moved."""

from collections.abc import Iterator

import numpy as np


def mutations(good: bytes, count: int, *, seed: int, until: int | None = None) -> Iterator[bytes]:
    """Yield `count` files: one to four bytes replaced before `until`, one in four also cut."""
    chance = np.random.default_rng(seed)
    for _ in range(count):
        data = bytearray(good)
        for place in chance.integers(until or len(good), size=chance.integers(1, 5)):
            data[place] = chance.integers(256)
        cut = chance.integers(len(data)) if chance.integers(4) == 0 else len(data)
        yield bytes(data[:cut])
