"""What a question to the modules of a network costs, before it is asked."""

from explain.core.subject import Subject

QUICK = 1e9
"""Multiply-adds that take about a second."""
_DRAWS = 4
"""Draws of resampling."""
_PLAYERS = 16
"""Modules up to which every set of them is run."""


def unshared_work(subject: Subject, rows: int, modules: int, replacement: str) -> float:
    """Return the multiply-adds of counting contributions if no two sets shared anything."""
    sets = 2 ** min(modules, _PLAYERS) * (_DRAWS if replacement == "resample" else 1)
    return float(rows * sets * sum(layer.macs for layer in subject.network.layers))
