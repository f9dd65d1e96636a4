"""Reading a link: what stands under one name, and a note for each value that has to be ignored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from explain.core.messages import say

LONGEST = 200
"""Characters of a value that are read."""
MOST = 40
"""Values of one name that are read."""
_TEXT = 2000
_DIGITS = 10

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Words:
    """A link, and the name in it that is read."""

    query: Query
    name: str
    notes: list[str]

    @property
    def all(self) -> Sequence[str]:
        """Return every value of the name."""
        return self.query.get(self.name, ())

    @property
    def last(self) -> str | None:
        """Return the last value of the name, None where there is none."""
        return str(self.all[-1])[:LONGEST] if self.all else None

    def of(self, name: str) -> "Words":
        """Return what stands under another name."""
        return Words(self.query, name, self.notes)

    def note(self, said: str) -> None:
        """Say what was ignored."""
        self.notes.append(said)


def read_word(words: Words) -> str | None:
    """Read a name."""
    return words.last


def text_up_to(longest: int) -> Callable[[Words], str | None]:
    """Return how a text of at most so many characters is read."""
    return lambda words: str(words.all[-1])[:longest] if words.all else None


def one_of(known: Sequence[str]) -> Callable[[Words], str | None]:
    """Return how one of these words is read."""

    def read(words: Words) -> str | None:
        found = words.last
        if found is None or found in known:
            return found
        words.note(say("shell.link.no_such_value", name=words.name, value=found))
        return None

    return read


def read_yes(words: Words) -> bool:
    """Read a switch."""
    return words.last == "yes"


def read_whole(words: Words) -> int | None:
    """Read a whole number."""
    found = words.last
    if found is None or is_whole_number(found):
        return None if found is None else int(found)
    words.note(say("shell.link.no_whole_number", name=words.name, value=found))
    return None


def is_whole_number(text: str) -> bool:
    """Return whether a text is a whole number of at most ten digits."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def read_number(words: Words) -> float | None:
    """Read a number."""
    found = words.last
    if found is None:
        return None
    try:
        return float(found)
    except ValueError:
        words.note(say("shell.link.no_number", name=words.name, value=found))
        return None


def read_pairs(words: Words) -> tuple[tuple[str, float], ...] | None:
    """Read names with a number each, `name~0.5`."""
    found = []
    for said in words.all[:MOST]:
        key, _, value = said[: 2 * LONGEST].rpartition("~")
        try:
            found.append((key, float(value)))
        except ValueError:
            words.note(say("shell.link.ignored", name=words.name, value=said[:LONGEST]))
    return tuple(found) or None
