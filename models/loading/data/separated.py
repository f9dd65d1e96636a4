"""Text with separated cells as a table: every line has as many cells as the header has names."""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from explain.core.errors import ImportRefused
from explain.core.messages import Message, listed
from models.loading.data.decoding import decode_text
from models.loading.data.record import quoted
from models.loading.limits import Limits

_SEPARATORS = (",", ";", "\t", "|")
_LOOKED_AT = 50
"""Lines from which the separator is found."""
_INDEX = ("", "Unnamed: 0")
_SPACE = re.compile(r"[^\S\r\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatedTable:
    """Columns of text by name, in the order of the file, and the file's line of every row."""

    columns: Mapping[str, Sequence[str]]
    lines: Sequence[int]
    report: tuple[Message, ...] = ()


def read_separated(data: bytes, limits: Limits) -> SeparatedTable:
    """Return the table in a CSV file; cells lose white space at their ends.

    Encoding (UTF-8, UTF-16, Latin-1) and separator (comma, semicolon, tab, bar) are found. Empty
    lines, an empty last column and a column that only numbers the rows are left out; the report
    says so, with counts.

    Raises:
        ImportRefused: lines of another number of cells than names, columns without a name or named
            twice, no header, no rows, broken quotes, or more than the limits.
    """
    text, encoding = decode_text(data, limits.csv_bytes)
    separator = _separator(text)
    header, rows, lines, empty = _parsed(text, separator, limits)
    _check_lengths(header, rows, lines, separator)
    names, rows, said = _named(header, rows, limits)
    _check_names(names)
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    report = [Message("loading.data.column_read", rows=len(rows), encoding=encoding)]
    if len(names) > 1:
        report = [
            Message(
                "loading.data.table_read",
                rows=len(rows),
                columns=len(names),
                separator=Message("loading.data.separator", separator=separator),
                encoding=encoding,
            )
        ]
    if empty:
        report.append(Message("loading.data.empty_lines", lines=empty))
    return SeparatedTable(
        columns=MappingProxyType(columns),
        lines=lines,
        report=(*report, *said),
    )


def _separator(text: str) -> str:
    """Return the separator that gives the most columns, equally many in the first lines."""
    start = text[: 64 * 1024].splitlines()[: _LOOKED_AT + 1]
    found = {separator: _widths(start, separator) for separator in _SEPARATORS}
    regular = {s: w[0] for s, w in found.items() if len(set(w)) == 1}
    widths = (
        regular if max(regular.values(), default=1) > 1 else {s: w[0] for s, w in found.items()}
    )
    return max(_SEPARATORS, key=lambda separator: widths.get(separator, 0))


def _widths(lines: Sequence[str], separator: str) -> list[int]:
    """Return the number of cells of the first lines; quotes that stay open end them."""
    widths: list[int] = []
    with suppress(csv.Error):
        widths.extend(len(row) for row in csv.reader(lines, delimiter=separator) if row)
    return widths[:_LOOKED_AT] or [0]


def _parsed(
    text: str, separator: str, limits: Limits
) -> tuple[list[str], list[list[str]], list[int], int]:
    """Return header, rows, the line on which each row ends, and the number of empty lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    spaced = _SPACE.search(text) is not None
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
    empty = 0
    try:
        for row in reader:
            if (len(row) <= 1 or not header) and not any(map(str.strip, row)):
                empty += 1
            elif not header:
                header = [cell.strip() for cell in row]
                _check_columns(len(header), limits.csv_columns)
            else:
                rows.append([cell.strip() for cell in row] if spaced else row)
                lines.append(reader.line_num)
                _check_rows(len(rows), limits.csv_rows)
    except csv.Error as error:
        raise ImportRefused(
            "loading.data.broken_line", line=reader.line_num, cause=str(error)
        ) from error
    if not rows:
        raise ImportRefused("loading.data.no_rows")
    return header, rows, lines, empty


def _check_columns(count: int, most: int) -> None:
    if count > most:
        raise ImportRefused("loading.data.too_many_columns", most=most)


def _check_rows(count: int, most: int) -> None:
    if count > most:
        raise ImportRefused("loading.data.too_many_rows", most=most)


def _check_lengths(
    header: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int], separator: str
) -> None:
    """Refuse rows of another length than the header: nothing tells which cell belongs where."""
    wrong = [place for place, row in enumerate(rows) if len(row) != len(header)]
    if not wrong:
        return
    first, more = wrong[0], len(wrong) - 1
    line, cells, columns = lines[first], len(rows[first]), len(header)
    if not more:
        raise ImportRefused(
            "loading.data.ragged_line",
            line=line,
            cells=cells,
            columns=columns,
            separator=separator,
        )
    raise ImportRefused(
        "loading.data.ragged_lines",
        line=line,
        cells=cells,
        columns=columns,
        more=more,
        separator=separator,
    )


def _named(
    header: Sequence[str], rows: list[list[str]], limits: Limits
) -> tuple[list[str], list[list[str]], list[Message]]:
    """Return names and rows without an empty last column and a first one that only counts."""
    names: list[str] = list(header)
    said: list[Message] = []
    if len(names) > 1 and not names[-1] and not any(row[-1] for row in rows):
        names, rows = names[:-1], [row[:-1] for row in rows]
        said.append(Message("loading.data.empty_column"))
    if len(names) > 1 and names[0] in _INDEX and _counts(rows):
        names, rows = names[1:], [row[1:] for row in rows]
        said.append(Message("loading.data.counting_column"))
    for place, name in enumerate(names, start=1):
        if len(name) > limits.name_characters or not name.isprintable():
            raise ImportRefused(
                "loading.data.name_of_column", place=place, most=limits.name_characters
            )
    return names, rows, said


def _counts(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first column counts the rows from 0 or 1."""
    found = [row[0] for row in rows]
    return any(found == [str(i + start) for i in range(len(rows))] for start in (0, 1))


def _check_names(names: Sequence[str]) -> None:
    if "" in names:
        raise ImportRefused("loading.data.column_without_name", place=names.index("") + 1)
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ImportRefused(
            "loading.data.columns_twice", columns=len(twice), names=listed(map(quoted, twice))
        )
    if all(map(_is_number, names)):
        raise ImportRefused("loading.data.no_names", names=listed(names, most=3))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
