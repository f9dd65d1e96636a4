"""How large a file of a user may be, and what is in it."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, get_args

from explain.core.errors import InvalidFile

VARIABLE = "SPARSIGHT_LIMITS"
"""The environment variable that names a JSON file with other limits."""

_MB, _GB = 1_000_000, 1 << 30

Count = Annotated[int, (1, "number")]
Characters = Annotated[int, (1, "characters")]
Steps = Annotated[int, (1, "steps")]
Seconds = Annotated[int, (1, "s")]
Kilobytes = Annotated[int, (1_000, "kB")]
Megabytes = Annotated[int, (_MB, "MB")]
Gigabytes = Annotated[int, (_GB, "GB")]
Megapixels = Annotated[int, (_MB, "megapixels")]
Billions = Annotated[int, (10**9, "billion")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Upper ends of everything that a file decides; the page shows them.

    Sizes in bytes, times in seconds. `zip_bytes` is what all entries may unpack to, `zip_ratio` how
    often larger than stored. `elements`: numbers of all tensors, as many as a file of halves has.
    `run_*` bound the first dry run: bytes of one value and of all of them, multiply-accumulates of
    one sample, of a whole piece where the network takes a fixed number of rows.
    """

    file_bytes: Megabytes = 200 * _MB
    elements: Count = 100_000_000
    tensors: Count = 20_000
    nodes: Count = 4_000
    """Each is run without numbers ten times: 0.4 ms among others of its shapes, else 1.3 ms."""
    inputs: Count = 32
    """Of a network; those that all rows share hold a tenth of `elements` together."""
    name_characters: Characters = 200
    name_depth: Count = 32
    header_bytes: Megabytes = 8 * _MB
    """The header of a safetensors file."""
    json_bytes: Megabytes = 64 * _MB
    """The graph of a .pt2 file."""
    card_bytes: Kilobytes = 256_000
    zip_entries: Count = 5_000
    zip_bytes: Megabytes = 512 * _MB
    zip_ratio: Count = 200
    pixels: Megapixels = 25_000_000
    pixels_together: Megapixels = 1_500_000_000
    """Of all pictures, each counted as often as a tenth of its scans (those of a JPEG)."""
    classes: Count = 1_000
    groups: Count = 1_000
    """All groups of all columns together."""
    label_characters: Characters = 100
    csv_bytes: Megabytes = 50 * _MB
    csv_columns: Count = 2_000
    csv_rows: Count = 200_000
    text_letters: Characters = 20_000_000
    """Of all texts; fewer where a tokenizer looks for longer words than usual."""
    sequence: Steps = 4_096
    samples_bytes: Megabytes = 512 * _MB
    """All samples as the network takes them."""
    array_bytes: Megabytes = 100 * _MB
    """Arrays of a file, unpacked, and the samples in them as the file tells them, each."""
    array_cells: Count = 2_000_000
    """Answers of arrays, and groups: each becomes a text."""
    child_bytes: Gigabytes = 4 * _GB
    """Memory that the process may take which reads, beside what it has from the start."""
    child_seconds: Seconds = 20
    """CPU time of the process that reads."""
    wall_seconds: Seconds = 30
    result_bytes: Gigabytes = 2 * _GB
    """What the process that reads may hand back."""
    run_value_bytes: Megabytes = 1 << 28
    """As many as a pass lets one value take: 64 channels of 1,024 × 1,024."""
    run_constant_bytes: Megabytes = 1 << 27
    """One value that is worked out from weights alone."""
    run_bytes: Gigabytes = 16 * _GB
    run_macs: Billions = 250 * 10**9


UNITS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {one.name: get_args(one.type)[1] for one in fields(Limits)}
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
