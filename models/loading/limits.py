"""How large a file of a user may be, and what is in it."""

from dataclasses import dataclass

__all__ = ["LIMITS", "Limits"]

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


LIMITS = Limits()
"""The defaults."""
