"""Messages as plain values, for what goes from one process to another."""

import math
from collections.abc import Mapping

from explain.core.messages.catalogue import Unsayable
from explain.core.messages.door import Message, Sayable

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
