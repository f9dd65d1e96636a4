"""Fields of a JSON object, read strictly: every problem is told with the path of its field."""

import math
from collections.abc import Mapping, Sequence

from explain.core.errors import ImportRefused
from explain.core.messages import Message, Sayable

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
        self._problems: list[Message] = []

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
        if different and (twice := next((v for i, v in enumerate(found) if v in found[:i]), "")):
            self.problem(name, "loading.card.fields.twice", value=twice[:80])
        return found

    def choice(self, name: str, options: Sequence[str]) -> str:
        """Return one of the options; "" where the field is missing."""
        value = self._take(name)
        if value is None or value in options:
            return str(value or "")
        known = list(options)
        if isinstance(value, (str, int, float)):
            said = repr(value)[:80]
            self.problem(name, "loading.card.fields.no_choice", value=said, known=known)
        else:
            self.problem(name, "loading.card.fields.no_choice_text", known=known)
        return ""

    def flag(self, name: str) -> bool | None:
        """Return true or false, or None where the field is missing."""
        value = self._take(name)
        if value is None or isinstance(value, bool):
            return value
        self.problem(name, "loading.card.fields.no_flag")
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
            self.problem(name, "loading.card.fields.no_object")
            value = None
        found = Fields(value or {}, self._named(name))
        self._inside.append(found)
        return found

    def plain(self, name: str) -> object:
        """Return whatever stands in a field, unchecked."""
        return self._take(name)

    def problem(self, name: str, key: str, /, **values: Sayable) -> None:
        """Note that a field is wrong: `key` is a message about the `field` of that name."""
        self._problems.append(Message(key, field=self._named(name), **values))

    def unknown(self) -> tuple[str, ...]:
        """Return the paths of all fields that nobody asked for."""
        own = [self._named(name) for name in self._data if name not in self._taken]
        return (*own, *(path for fields in self._inside for path in fields.unknown()))

    def check(self) -> None:
        """Refuse when anything was wrong.

        Raises:
            ImportRefused: with all problems, each with the path of its field.
        """
        found = self._all()
        if not found:
            return
        if len(found) <= _SHOWN:
            raise ImportRefused("loading.card.unusable", problems=found)
        more = len(found) - _SHOWN
        raise ImportRefused("loading.card.mostly_unusable", problems=found[:_SHOWN], more=more)

    def _all(self) -> list[Message]:
        return [*self._problems, *(p for fields in self._inside for p in fields._all())]  # noqa: SLF001

    def _take(self, name: str) -> object:
        self._taken.add(name)
        return self._data.get(name)

    def _list(self, name: str, most: int) -> Sequence[object]:
        value = self._take(name)
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)):
            self.problem(name, "loading.card.fields.no_list")
            return ()
        if len(value) > most:
            self.problem(name, "loading.card.fields.too_many_entries", count=len(value), most=most)
            return ()
        return value

    def _is_text(self, name: str, value: object, limit: int) -> bool:
        if not isinstance(value, str):
            self.problem(name, "loading.card.fields.no_text")
        elif len(value) > limit:
            self.problem(name, "loading.card.fields.too_long", count=len(value), most=limit)
        elif not all(c.isprintable() or c in "\n\t" for c in value):
            self.problem(name, "loading.card.fields.not_printable")
        else:
            return True
        return False

    def _is_number(self, name: str, value: object) -> bool:
        if not _is_numeric(value):
            self.problem(name, "loading.card.fields.no_number")
        elif not math.isfinite(_number(value)):
            self.problem(name, "loading.card.fields.not_finite")
        else:
            return True
        return False

    def _is_size(self, name: str, value: object, most: int) -> bool:
        whole = _is_numeric(value) and math.isfinite(_number(value)) and _number(value) % 1 == 0
        if whole and 1 <= _number(value) <= most:
            return True
        self.problem(name, "loading.card.fields.no_size", most=most)
        return False

    def _named(self, name: str) -> str:
        return f"{self._path}.{name[:80]}" if self._path else name[:80]


def _is_numeric(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _number(value: object) -> float:
    """Return a number; an integer too long for a float is infinite."""
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
