"""The choice of the page Prune."""

from typing import Any

from pages._shell.choice import Choice
from pages._shell.reading import one_of

VIEW = Choice("view", "graph", one_of(("graph", "matrix", "table")))
"""How the network is drawn."""

CHOICES: tuple[Choice[Any], ...] = (VIEW,)
