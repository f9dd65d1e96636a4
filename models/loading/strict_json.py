"""JSON out of a file, read so that it can mean one thing only."""

import json
import re
from collections.abc import Iterable
from typing import Never

from explain.core.errors import ImportRefused

__all__ = ["parse"]

_DEPTH = 100
_DIGITS = 19
_HINT = "Write the file again with the program that made it."
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = re.compile(rb"[\[\]{}]")


def parse(data: bytes, limit: int) -> object:
    """Return the plain value that `data` holds as JSON: dicts, lists, str, int, float, bool, None.

    At most `limit` bytes and 100 brackets deep, in UTF-8; every key once in its object; numbers
    are finite and whole ones below 2^63; texts can be written as UTF-8.

    Raises:
        ImportRefused: anything else, with the cause.
    """
    if len(data) > limit:
        _refuse(f"has {len(data):,} bytes, more than {limit:,}")
    _check_depth(data)
    try:
        found: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except UnicodeDecodeError:
        _refuse("is not UTF-8 text")
    except json.JSONDecodeError as error:
        _refuse(f"breaks off or is malformed at character {error.pos}")
    except RecursionError:
        _refuse("is nested too deep")
    _check_letters(data, found)
    return found


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before the parser recurses into it."""
    depth = 0
    for bracket in _BRACKETS.finditer(_TEXT.sub(b"", data)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > _DEPTH:
            _refuse(f"is nested more than {_DEPTH} deep")


def _check_letters(data: bytes, found: object) -> None:
    """Refuse halves of letters, which can be escaped but never written out."""
    if _HALVES.search(data):
        try:
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            _refuse("holds half a letter")


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            _refuse(f"has the key {key[:60]!r} twice")
        found[key] = value
    return found


def _constant(word: str) -> Never:
    _refuse(f"holds {word}")


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS + 1 or not -(2**63) <= int(digits) < 2**63:
        _refuse(f"holds the number {digits[:24]}, too large for 64 bits")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        _refuse(f"holds the number {digits[:24]}, which is not finite")
    return value


def _refuse(what: str) -> Never:
    raise ImportRefused(f"The JSON inside the file {what}.", hint=_HINT)
