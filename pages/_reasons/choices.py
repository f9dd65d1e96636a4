"""The choice of the page Reasons: which tab is open."""

from typing import Any

from pages._shell.reading import one_of
from pages._shell.state import Choice

TABS = ("inputs", "inside", "parts")
TAB = Choice("tab", "inputs", one_of(TABS))
"""What of a decision's reasons is shown: of the inputs, inside the layers, or by parts."""

CHOICES: tuple[Choice[Any], ...] = (TAB,)
