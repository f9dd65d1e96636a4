"""Networks to look at: built-in demos with their data."""

from explain.core.errors import Refused
from explain.core.subject import Subject
from models import catalog
from models.demo import assemble
from models.shipped import SEEDS

__all__ = ["catalog", "load"]


def load(key: str, *, seed: int = 1) -> Subject:
    """Return the subject of the demo `key` ("digits-mlp", ...): `models.catalog.CATALOG` lists all.

    `seed` 2 gives the second training of the same network on the same rows. Every call returns a
    new, independent subject; nothing is cached here. Cost: reading a few hundred kB, one lift.

    Raises:
        UnknownKey: no demo has that key; the hint names the nearest.
        Refused: there is no such training of that network.
        InvalidFile: a shipped file is missing or damaged.
    """
    if (entry := catalog.optional(key)) is None:
        return assemble(catalog.demo(key), seed=seed)
    if seed != SEEDS[0]:
        raise Refused(
            f"{entry.title} was not trained here: there is no second training of it.",
            hint="Compare it with the other baselines, or choose a network that is trained here.",
        )
    return entry.load()
