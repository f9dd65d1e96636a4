"""A case in a few words, where no picture shows it."""

from explain import Samples
from explain.core.messages import Message, say

_VALUES = 4


def row_in_words(samples: Samples, at: int) -> str:
    """Return the first values of a row with their names; a single column, as of texts, alone."""
    columns = list(samples.display.items())[:_VALUES]
    if len(columns) == 1:
        return columns[0][1][at]
    named = [Message("load.look.value", name=name, value=cells[at]) for name, cells in columns]
    return say("load.look.values", values=named)
