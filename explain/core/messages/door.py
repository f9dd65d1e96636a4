"""Saying a message: a whole sentence in the reader's language, and messages as plain values."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from explain.core.messages.catalogue import (
    COMPARED,
    FALLBACK,
    Unsayable,
    entry,
    languages,
    section_of,
    templates_of,
)

_LANGUAGE = ContextVar("language", default=FALLBACK)
_Other = Literal["plan", "model"]
_COMPARED = ContextVar[_Other](COMPARED, default="plan")


@dataclass(frozen=True, slots=True, init=False)
class Message:
    """A sentence that is not said yet: its key and values, plain data that any language can say.

    What results and errors carry in place of prose; `str` says it to whoever reads.
    """

    key: str
    values: Mapping[str, "Sayable"]

    def __init__(self, key: str, /, **values: "Sayable") -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        """Say it."""
        return say(self.key, **self.values)

    def __contains__(self, text: str) -> bool:
        """Return whether it says that, in the language that is spoken."""
        return text in str(self)

    def but(self, **values: "Sayable") -> "Message":
        """Return it with other values in place of its own."""
        return Message(self.key, **{**self.values, **values})


Sayable = str | int | float | Message | Sequence["str | int | float | Message"] | None
"""What a sentence can name; of several texts it makes a list."""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in that language inside, in this thread.

    Raises:
        Unsayable: a language without a file.
    """
    if language not in languages():
        raise Unsayable(f"There is no language {language!r}.")
    token = _LANGUAGE.set(language)
    try:
        yield
    finally:
        _LANGUAGE.reset(token)


def spoken() -> str:
    """Return the language that is spoken in this thread."""
    return _LANGUAGE.get()


@contextmanager
def comparing(what: _Other) -> Iterator[None]:
    """Say inside, in this thread, what the other network is: the plan's, or another model."""
    token = _COMPARED.set(what)
    try:
        yield
    finally:
        _COMPARED.reset(token)


def say(key: str, /, **values: Sayable) -> str:
    """Return the message in the reader's language, its values filled in.

    Raises:
        Unsayable: an unknown key, or a value missing or too many.
    """
    found = entry(_LANGUAGE.get(), key)
    if found.fields != values.keys():
        wrong = ", ".join(sorted(found.fields ^ values.keys()))
        raise Unsayable(f"The message {key!r} takes other values: {wrong}.")
    if found.compares:
        values[COMPARED] = _COMPARED.get()
    if any(isinstance(value, list | tuple) for value in values.values()):
        return found.fill({name: _listed(value) for name, value in values.items()})
    return found.fill(values)


def templates(section: str) -> dict[str, Any]:
    """Return the messages of a section in the reader's language, for scripts that fill them in.

    A name -> a template, or a table of its forms; `language` is the reader's, for plural forms.
    """
    return dict(templates_of(_LANGUAGE.get(), section))


def words_of(family: str, key: str) -> Mapping[str, Any]:
    """Return how the reader's language words a record: name of a field -> text, or list of texts.

    Nothing in English, where the records themselves have their words.
    """
    return section_of(_LANGUAGE.get(), f"methods.{family}.{key}")


def listed(values: Iterable[str | Message], most: int = 5) -> Sayable:
    """Return texts as what a sentence can name: all, or the first `most` and how many more."""
    found = list(values)
    if len(found) <= most:
        return found
    return Message("grammar.and_more", first=found[:most], more=len(found) - most)


class _List(tuple[Sayable, ...]):
    """Several values in one hole, joined as its format says: `{names}`, `{problems:clauses}`."""

    __slots__ = ()

    def __format__(self, how: str) -> str:
        return say(f"grammar.{how or 'separator'}").join(str(one) for one in self)


def _listed(value: Sayable) -> object:
    return _List(value) if isinstance(value, list | tuple) else value


_DEPTH = 4
_LETTERS = 2_000
_NOT_FINITE = tuple({"float": str(value)} for value in (math.nan, math.inf, -math.inf))


def to_plain(said: Sayable) -> object:
    """Return a message as what JSON can hold: its key and values, and text as it is."""
    if isinstance(said, Message):
        return {"key": said.key, "values": {n: to_plain(v) for n, v in said.values.items()}}
    if isinstance(said, list | tuple):
        return [to_plain(one) for one in said]
    if isinstance(said, float) and not math.isfinite(said):
        return {"float": str(said)}
    return said.encode("utf-8", "replace").decode() if isinstance(said, str) else said


def from_plain(found: object, depth: int = 0) -> Sayable:
    """Return the message that somebody sent, who is not trusted: its texts are shortened.

    Raises:
        Unsayable: what no message is, or one that cannot be said.
    """
    if isinstance(found, str):
        return "".join(one if one.isprintable() else " " for one in found[:_LETTERS])
    if found is None or isinstance(found, int | float):
        return found
    if depth > _DEPTH:
        raise Unsayable("A message inside too many others.")
    if isinstance(found, list):
        return [_single(from_plain(one, depth + 1)) for one in found[:_LETTERS]]
    if found in _NOT_FINITE:
        return float(found["float"])
    if not isinstance(found, Mapping) or found.keys() != {"key", "values"}:
        raise Unsayable("This is no message.")
    return _checked(found["key"], found["values"], depth)


def _single(value: Sayable) -> str | int | float | Message:
    if not isinstance(value, str | int | float | Message):
        raise Unsayable("A list inside a list.")
    return value


def _checked(key: object, values: object, depth: int) -> Message:
    if not isinstance(key, str) or not isinstance(values, Mapping):
        raise Unsayable("This is no message.")
    message = Message(key, **{str(n): from_plain(v, depth + 1) for n, v in values.items()})
    try:
        length = len(str(message))
    except (ValueError, TypeError, OverflowError) as error:
        raise Unsayable(f"The values of {key!r} cannot be said.") from error
    if length > _LETTERS:
        raise Unsayable(f"The message {key!r} is too long.")
    return message
