"""Counts, lists and quotations inside sentences about data."""

from collections.abc import Iterable

__all__ = ["counted", "listed", "quoted"]

_SHOWN = 40


def counted(count: int, what: str) -> str:
    """Return "1 row" or "1,200 rows"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Return the first names with commas, and how many are left out."""
    found = list(names)
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def quoted(text: str) -> str:
    """Return a text of a file in quotation marks, printable and short."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return ascii(short) if not short.isprintable() else f"'{short}'"
