"""Catalogs: records in menu order, found by their key."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from explain.core.errors import UnknownKey


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


Record = TypeVar("Record", bound=_Keyed)


def record_of_key(records: Iterable[Record], key: str, what: str) -> Record:
    """Return the record of that key among the records of a `what`.

    Raises:
        UnknownKey: there is none; the hint names the nearest.
    """
    known = {record.key: record for record in records}
    if key not in known:
        raise UnknownKey.among(what, key, known)
    return known[key]
