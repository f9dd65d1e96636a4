"""JSON out of a file, read so that it can mean one thing only."""

import json
import re
from collections.abc import Iterable
from typing import Never

from explain.core.errors import ImportRefused

_DEPTH = 100
_DIGITS = 19
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = re.compile(rb"[\[\]{}]")


def parse_json(data: bytes, limit: int) -> object:
    """Return the plain value that `data` holds as JSON: dicts, lists, str, int, float, bool, None.

    At most `limit` bytes and 100 brackets deep, in UTF-8; every key once in its object; numbers
    are finite and whole ones below 2^63; texts can be written as UTF-8.

    Raises:
        ImportRefused: anything else, with the cause.
    """
    if len(data) > limit:
        raise ImportRefused("loading.json.too_many_bytes", count=len(data), most=limit)
    _check_depth(data)
    try:
        found: object = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_whole,
            parse_float=_fraction,
        )
    except UnicodeDecodeError as error:
        raise ImportRefused("loading.json.no_utf8") from error
    except json.JSONDecodeError as error:
        raise ImportRefused("loading.json.malformed", place=error.pos) from error
    except RecursionError as error:
        raise ImportRefused("loading.json.nested_too_deep") from error
    _check_letters(data, found)
    return found


def _check_depth(data: bytes) -> None:
    """Refuse deep nesting before the parser recurses into it."""
    depth = 0
    for bracket in _BRACKETS.finditer(_TEXT.sub(b"", data)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > _DEPTH:
            raise ImportRefused("loading.json.nested_more_than", most=_DEPTH)


def _check_letters(data: bytes, found: object) -> None:
    """Refuse halves of letters, which can be escaped but never written out."""
    if _HALVES.search(data):
        try:
            json.dumps(found, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise ImportRefused("loading.json.half_letter") from error


def _object(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ImportRefused("loading.json.key_twice", name=key[:60])
        found[key] = value
    return found


def _constant(word: str) -> Never:
    raise ImportRefused("loading.json.no_number", word=word)


def _whole(digits: str) -> int:
    if len(digits) > _DIGITS + 1 or not -(2**63) <= int(digits) < 2**63:
        raise ImportRefused("loading.json.number_too_large", digits=digits[:24])
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise ImportRefused("loading.json.number_not_finite", digits=digits[:24])
    return value
