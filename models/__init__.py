"""Networks to look at: built-in demos with their data."""

from explain.core.subject import Subject
from models import catalog
from models.demo import assemble

__all__ = ["catalog", "load"]


def load(key: str, *, seed: int = 1) -> Subject:
    """Return the subject of the demo `key` ("digits-mlp", ...): `models.catalog.KEYS` lists all.

    `seed` 2 gives the second training of the same network on the same rows. Every call returns a
    new, independent subject; nothing is cached here. Cost: reading a few hundred kB, one lift.

    Raises:
        UnknownKey: no demo has that key; the hint names the nearest.
        InvalidFile: a shipped file is missing or damaged.
    """
    return assemble(catalog.demo(key), seed=seed)
