"""Where a result comes from."""

import time
from functools import cache

from explain.core.provenance import Provenance, versions
from explain.core.subject import Subject

__all__ = ["origin"]

_versions = cache(versions)


def origin(subject: Subject, started: float, seed: int = 0) -> Provenance:
    """Return the provenance of a result of this subject, begun at that `time.perf_counter()`."""
    return Provenance(
        subject=subject.fingerprint,
        plan=subject.pruned_by,
        seed=seed,
        seconds=time.perf_counter() - started,
        versions=_versions(),
    )
