"""Choices of the page Explore."""

from typing import Any

from pages._shell.reading import one_of
from pages._shell.state import Choice, switch

VIEW = Choice("view", "graph", one_of(("graph", "matrix", "table")))
"""How the network is drawn."""
COMPARED = switch("compare")
"""Whether all criteria are compared."""
SCORES = switch("scores")
"""Whether it is open which scores there are, and where they are cut."""
SIZE = switch("size")
"""Whether it is open what the network takes."""

CHOICES: tuple[Choice[Any], ...] = (VIEW, COMPARED, SCORES, SIZE)
