"""Choices of the page Prune."""

from typing import Any

from pages._shell.reading import one_of
from pages._shell.state import Choice, switch

VIEW = Choice("view", "graph", one_of(("graph", "matrix", "table")))
"""How the network is drawn."""
COMPARED = switch("compare")
"""Whether all criteria are compared."""

CHOICES: tuple[Choice[Any], ...] = (VIEW, COMPARED)
