"""Values out of parsed JSON, each with the type that it must have."""

from collections.abc import Mapping
from typing import cast

from explain.core.errors import ImportRefused
from models.loading.files.zip_archive import quoted_name

_FLOATS = {"Infinity": float("inf"), "-Infinity": float("-inf"), "NaN": float("nan")}


def table_field(value: object, key: str) -> Mapping[str, object]:
    """Return the object under `key`.

    Raises:
        ImportRefused: it is missing or something else; so for all functions here.
    """
    return cast("Mapping[str, object]", _of(value, key, dict))


def entries(value: object, key: str) -> list[object]:
    """Return the list under `key`."""
    return cast("list[object]", _of(value, key, list))


def text(value: object, key: str) -> str:
    """Return the text under `key`."""
    return cast("str", _of(value, key, str))


def whole_field(value: object, key: str) -> int:
    """Return the whole number under `key`; true and false are none."""
    found = _of(value, key, int)
    if isinstance(found, bool):
        raise ImportRefused("loading.pt2.missing_field", kind="int", name=quoted_name(key))
    return cast("int", found)


def flag(value: object, key: str) -> bool:
    """Return the truth value under `key`."""
    return cast("bool", _of(value, key, bool))


def number_field(value: object) -> float:
    """Return a number that may be written as a word: "-Infinity"."""
    if isinstance(value, str) and value in _FLOATS:
        return _FLOATS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ImportRefused("loading.pt2.no_number")
    return float(value)


def only(value: object) -> tuple[str, object]:
    """Return name and content of the one field that an object has."""
    if not isinstance(value, dict) or len(value) != 1:
        raise ImportRefused("loading.pt2.several_fields")
    return next(iter(value.items()))


def _of(value: object, key: str, kind: type) -> object:
    found = value.get(key) if isinstance(value, dict) else None
    if not isinstance(found, kind):
        raise ImportRefused("loading.pt2.missing_field", kind=kind.__name__, name=quoted_name(key))
    return found
