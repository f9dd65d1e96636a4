"""How large a file of a user may be, and what is in it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType

from explain.core.errors import InvalidFile

VARIABLE = "SPARSIGHT_LIMITS"
"""The environment variable that names a JSON file with other limits."""

_MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper ends of everything that a file decides; the page shows them.

    Sizes in bytes, times in seconds. `zip_bytes` is what all entries may unpack to, `zip_ratio` how
    often larger than stored. `run_*` bound the first dry run: bytes of one value and of all of
    them, multiply-accumulates of one sample.
    """

    file_bytes: int = 200 * _MB
    elements: int = 500_000_000
    tensors: int = 20_000
    nodes: int = 20_000
    name_characters: int = 200
    name_depth: int = 32
    header_bytes: int = 8 * _MB
    """The header of a safetensors file."""
    json_bytes: int = 64 * _MB
    """The graph of a .pt2 file."""
    card_bytes: int = 256_000
    zip_entries: int = 5_000
    zip_bytes: int = 512 * _MB
    zip_ratio: int = 200
    pixels: int = 25_000_000
    classes: int = 1_000
    label_characters: int = 100
    csv_bytes: int = 50 * _MB
    csv_columns: int = 2_000
    csv_rows: int = 200_000
    sequence: int = 4_096
    samples_bytes: int = 512 * _MB
    """All samples as the network takes them."""
    child_bytes: int = 4 << 30
    """Memory that the process may take which reads, beside what it has from the start."""
    child_seconds: int = 20
    """CPU time of the process that reads."""
    wall_seconds: int = 30
    result_bytes: int = 2 << 30
    """What the process that reads may hand back."""
    run_value_bytes: int = 1 << 30
    run_bytes: int = 16 << 30
    run_macs: int = 10**12


UNITS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "file_bytes": (_MB, "MB"),
        "elements": (1, "number"),
        "tensors": (1, "number"),
        "nodes": (1, "number"),
        "name_characters": (1, "characters"),
        "name_depth": (1, "number"),
        "header_bytes": (_MB, "MB"),
        "json_bytes": (_MB, "MB"),
        "card_bytes": (1_000, "kB"),
        "zip_entries": (1, "number"),
        "zip_bytes": (_MB, "MB"),
        "zip_ratio": (1, "number"),
        "pixels": (_MB, "megapixels"),
        "classes": (1, "number"),
        "label_characters": (1, "characters"),
        "csv_bytes": (_MB, "MB"),
        "csv_columns": (1, "number"),
        "csv_rows": (1, "number"),
        "sequence": (1, "steps"),
        "samples_bytes": (_MB, "MB"),
        "child_bytes": (1 << 30, "GB"),
        "child_seconds": (1, "s"),
        "wall_seconds": (1, "s"),
        "result_bytes": (1 << 30, "GB"),
        "run_value_bytes": (1 << 30, "GB"),
        "run_bytes": (1 << 30, "GB"),
        "run_macs": (10**9, "billion"),
    }
)
"""Limit -> the unit that it is shown in: its size, and its form in `load.mine.most`."""


def configured(path: str | None) -> Limits:
    """Return the limits, with those in a JSON file {"csv_rows": 500000, ...} in their place.

    Raises:
        InvalidFile: it cannot be read, names no limit, or a limit is no whole number above 0.
    """
    if not path:
        return Limits()
    known = [one.name for one in fields(Limits)]
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidFile("loading.limits.unreadable", path=path, limits=known) from error
    if not isinstance(found, dict):
        raise InvalidFile("loading.limits.no_object", path=path, limits=known)
    for name, value in found.items():
        if name not in UNITS:
            raise InvalidFile("loading.limits.no_such_limit", path=path, name=name, limits=known)
        if type(value) is not int or value < 1:
            raise InvalidFile("loading.limits.no_whole_number", path=path, name=name, limits=known)
    return Limits(**(asdict(Limits()) | found))


LIMITS = configured(os.environ.get(VARIABLE))
"""The limits of this process."""
