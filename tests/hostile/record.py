"""What a hostile file is to the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """A file that means harm, made when asked for and always from the same bytes.

    `make` takes the path of the marker that a payload would leave behind. `naive` names the loader
    in `firing.py` that falls for it: the marker is there afterwards. `door` is where we take such
    files in: "model", "weights", "folder", "named" (weights of what its `card` names), "table",
    "images", "texts", "tokenizer", "arrays", "inputs" (arrays by name) or "card". `says` are words
    that our
    refusal must contain, in any case; a record without them must load and do no harm.
    """

    key: str
    row: str
    door: str
    attack: str
    make: Callable[[Path], bytes]
    naive: str = ""
    says: tuple[str, ...] = ()
    card: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    slow: bool = False
    counted: bool = False
    """Whether a count ends it, within 2 s of computing and 300 MB."""
    broken: str = ""
    """Why ours does not hold yet; the test then expects to fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trap:
    """A path that means harm: `lay` prepares a folder and returns what the user types."""

    key: str
    row: str
    attack: str
    lay: Callable[[Path], str]
    says: tuple[str, ...]
