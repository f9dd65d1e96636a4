"""The choice of the page Prune."""

from typing import Any

from pages._shell.reading import one_of
from pages._shell.state import Choice

VIEW = Choice("view", "graph", one_of(("graph", "matrix", "table")))
"""How the network is drawn."""

CHOICES: tuple[Choice[Any], ...] = (VIEW,)
