"""Sizes of values: numbers, or plain symbols with a range; a formula is never worked out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from explain.core.errors import ImportRefused
from models.loading.files.pt2.program_fields import only, table_field, text
from models.loading.files.zip_archive import quoted_name

_SYMBOL = re.compile(
    r"(?:Symbol\('(?P<call>\w{1,40})'(?:, \w{1,20}=(?:True|False))*\)|(?P<bare>[A-Za-z_]\w{0,39}))"
)
_ENDLESS = 2**31
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A size that may vary: its name in the file ("" for a formula) and that of the example."""

    name: str
    hint: int | None = None


Size = int | Symbol


def size_of(value: object) -> Size:
    """Return a size out of the file.

    Raises:
        ImportRefused: neither a number nor an expression.
    """
    kind, content = only(value)
    if kind == "as_int" and isinstance(content, int) and not isinstance(content, bool):
        return content
    if kind != "as_expr":
        raise ImportRefused("loading.pt2.no_size")
    found = _SYMBOL.fullmatch(text(content, "expr_str"))
    name = (found["call"] or found["bare"]) if found else ""
    return Symbol(name=name, hint=_hint(content))


def _hint(content: object) -> int | None:
    hint = content.get("hint") if isinstance(content, dict) else None
    if hint is None:
        return None
    kind, value = only(hint)
    return value if kind == "as_int" and isinstance(value, int) and value > 0 else None


def range_of(symbol: Symbol, constraints: Mapping[str, object]) -> tuple[int, int | None]:
    """Return the smallest and the largest size (None: any) that the file allows for a symbol.

    Torch never states a smallest size below 2; one works as well.

    Raises:
        ImportRefused: the size is a formula, or its range is empty.
    """
    if not symbol.name:
        raise ImportRefused("loading.pt2.input_size_is_formula")
    if symbol.name not in constraints:
        return 1, None
    limits = table_field(constraints, symbol.name)
    low, high = (_end(limits.get(key)) for key in ("min_val", "max_val"))
    least = 1 if low is None or low <= _FEWEST else low
    if high is not None and high < least:
        raise ImportRefused("loading.pt2.empty_range", name=quoted_name(symbol.name))
    return least, None if high is None or high >= _ENDLESS else high


def _end(value: object) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise ImportRefused("loading.pt2.range_no_pair")
