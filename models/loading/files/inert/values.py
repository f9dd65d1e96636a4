"""What an inert reading of a pickle is made of, beside plain dicts, lists, tuples and numbers."""

from dataclasses import dataclass, field

import torch


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function that the pickle names: two words, never looked up."""

    module: str
    name: str

    @property
    def dotted(self) -> str:
        """Return the name as people write it."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Foreign:
    """A dead placeholder of an object whose class is `name`, with what the pickle gave to it."""

    name: str
    arguments: object = ()
    state: object = None
    items: dict[str | int, object] = field(default_factory=dict)
    elements: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A block of `elements` numbers of one type in the entry `data/key` of the archive."""

    dtype: torch.dtype
    key: str
    elements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTensor:
    """A tensor that still lies in its storage; nothing about it is checked yet."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
