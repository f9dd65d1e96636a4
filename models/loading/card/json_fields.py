"""Fields of a JSON object, read strictly: every problem is told with the path of its field."""

import math
from collections.abc import Mapping, Sequence

from explain.core.errors import ImportRefused

__all__ = ["Fields"]

_SHOWN = 8
"""So many problems are told at once."""


class Fields:
    """One JSON object whose fields are taken out one by one.

    A field that is missing or null gives the empty value; one of another type or size is a problem.
    Problems of all objects inside gather in one list, so that a person sees them all at once.
    """

    def __init__(self, data: Mapping[str, object], path: str = "") -> None:
        self._data = {str(name): value for name, value in data.items()}
        self._path = path
        self._taken: set[str] = set()
        self._inside: list[Fields] = []
        self._problems: list[str] = []

    def text(self, name: str, limit: int) -> str:
        """Return a text of at most `limit` printable characters; "" where it is missing."""
        value = self._take(name)
        if value is None:
            return ""
        return value if self._is_text(name, value, limit) and isinstance(value, str) else ""

    def texts(
        self, name: str, *, most: int, limit: int, different: bool = False
    ) -> tuple[str, ...]:
        """Return a list of at most `most` texts of at most `limit` characters each."""
        values = self._list(name, most)
        good = [v for i, v in enumerate(values) if self._is_text(f"{name}[{i}]", v, limit)]
        found = tuple(value for value in good if isinstance(value, str))
        if different and (twice := _twice(found)):
            self._problem(name, f"names {twice[:80]!r} twice")
        return found

    def choice(self, name: str, options: Sequence[str]) -> str:
        """Return one of the options; "" where the field is missing."""
        value = self._take(name)
        if value is None or value in options:
            return str(value or "")
        said = repr(value)[:80] if isinstance(value, (str, int, float)) else "no text"
        self._problem(name, f"is {said}; known are {', '.join(options)}")
        return ""

    def flag(self, name: str) -> bool | None:
        """Return true or false, or None where the field is missing."""
        value = self._take(name)
        if value is None or isinstance(value, bool):
            return value
        self._problem(name, "must be true or false")
        return None

    def number(self, name: str) -> float | None:
        """Return a finite number, or None where the field is missing."""
        value = self._take(name)
        return None if value is None or not self._is_number(name, value) else _number(value)

    def numbers(self, name: str, *, most: int) -> tuple[float, ...]:
        """Return one number or a list of numbers as a tuple."""
        if _is_numeric(self._data.get(name)):
            value = self.number(name)
            return () if value is None else (value,)
        values = self._list(name, most)
        return tuple(_number(v) for i, v in enumerate(values) if self._is_number(f"{name}[{i}]", v))

    def sizes(self, name: str, *, longest: int, most: int) -> tuple[int, ...]:
        """Return one whole number or a list of at most `longest`, each from 1 to `most`."""
        given = self._data.get(name)
        values = [self._take(name)] if _is_numeric(given) else self._list(name, longest)
        return tuple(
            int(_number(v)) for i, v in enumerate(values) if self._is_size(f"{name}[{i}]", v, most)
        )

    def inside(self, name: str) -> "Fields":
        """Return the object in a field; an empty one where it is missing."""
        value = self._take(name)
        if value is not None and not isinstance(value, Mapping):
            self._problem(name, "must be an object in braces")
            value = None
        found = Fields(value or {}, self._named(name))
        self._inside.append(found)
        return found

    def plain(self, name: str) -> object:
        """Return whatever stands in a field, unchecked."""
        return self._take(name)

    def problem(self, name: str, what: str) -> None:
        """Note that a field is wrong for a reason of the caller's."""
        self._problem(name, what)

    def unknown(self) -> tuple[str, ...]:
        """Return the paths of all fields that nobody asked for."""
        own = [self._named(name) for name in self._data if name not in self._taken]
        return (*own, *(path for fields in self._inside for path in fields.unknown()))

    def check(self, what: str) -> None:
        """Refuse when anything was wrong.

        Raises:
            ImportRefused: with all problems, each with the path of its field.
        """
        found = self._all()
        if not found:
            return
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ImportRefused(
            f"{what} cannot be used: {'; '.join(found[:_SHOWN])}{more}.",
            hint="Correct these fields, or leave them out and fill in the form.",
        )

    def _all(self) -> list[str]:
        return [*self._problems, *(p for fields in self._inside for p in fields._all())]  # noqa: SLF001

    def _take(self, name: str) -> object:
        self._taken.add(name)
        return self._data.get(name)

    def _list(self, name: str, most: int) -> Sequence[object]:
        value = self._take(name)
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            self._problem(name, "must be a list")
            return ()
        if len(value) > most:
            self._problem(name, f"has {len(value):,} entries, at most {most:,} are taken")
            return ()
        return value

    def _is_text(self, name: str, value: object, limit: int) -> bool:
        if not isinstance(value, str):
            self._problem(name, "must be a text")
        elif len(value) > limit:
            self._problem(name, f"has {len(value):,} characters, at most {limit:,} are taken")
        elif not all(c.isprintable() or c in "\n\t" for c in value):
            self._problem(name, "holds characters that cannot be printed")
        else:
            return True
        return False

    def _is_number(self, name: str, value: object) -> bool:
        if not _is_numeric(value):
            self._problem(name, "must be a number")
        elif not math.isfinite(_number(value)):
            self._problem(name, "must be finite")
        else:
            return True
        return False

    def _is_size(self, name: str, value: object, most: int) -> bool:
        whole = _is_numeric(value) and math.isfinite(_number(value)) and _number(value) % 1 == 0
        if whole and 1 <= _number(value) <= most:
            return True
        self._problem(name, f"must be a whole number from 1 to {most:,}")
        return False

    def _named(self, name: str) -> str:
        return f"{self._path}.{name[:80]}" if self._path else name[:80]

    def _problem(self, name: str, what: str) -> None:
        self._problems.append(f"{self._named(name)} {what}")


def _is_numeric(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: object) -> float:
    """Return a number; an integer too long for a float is infinite."""
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf


def _twice(values: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None
