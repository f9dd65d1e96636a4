"""What turns texts into ids, whatever its rules."""

from collections.abc import Callable
from dataclasses import dataclass

from explain.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokenizer:
    """A vocabulary and the function that finds its words in a text.

    `names`: the words in the order of their ids. `ids(text)` gives the ids of all pieces of a text;
    `before` and `after` are put round them. `padding` fills short texts up, `unknown` stands for
    pieces outside the vocabulary, None where there is none. `kind` says which rules those are, for
    people.
    """

    kind: Message
    names: tuple[str, ...]
    ids: Callable[[str], list[int]]
    padding: int
    unknown: int | None
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
