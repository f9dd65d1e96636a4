"""What modules add to an answer: hidden, run in every needed set, and counted."""

from explain.decompose.contributions.game import VALUES
from explain.decompose.contributions.hiding import REPLACEMENTS

__all__ = [
    "REPLACEMENTS",
    "VALUES",
]
