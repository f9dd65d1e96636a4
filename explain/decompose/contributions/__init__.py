"""What modules add to an answer: hidden, run in every needed set, and counted."""

from explain.decompose.contributions.replacement import REPLACEMENTS
from explain.decompose.contributions.values import VALUES

__all__ = [
    "REPLACEMENTS",
    "VALUES",
]
