"""Whether the tensors of a file are those that a network needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.registry.record import Shapes

__all__ = ["Match", "matched"]

_SHOWN = 4
_COUNTER = "num_batches_tracked"
"""Old files lack this counter of BatchNorm; nothing that is computed here depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Names that the network needs and the file lacks; the other way round; of another shape."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether every tensor has its place."""
        return not self.problems

    @property
    def problems(self) -> int:
        """Return how many tensors do not fit."""
        return len(self.missing) + len(self.unexpected) + len(self.reshaped)

    @property
    def sentence(self) -> str:
        """Return all that does not fit, in words."""
        parts = (
            ("missing", self.missing),
            ("not needed", self.unexpected),
            ("of another shape", self.reshaped),
        )
        told = [f"{len(names)} {word}: {_listed(names)}" for word, names in parts if names]
        return "; ".join(told)


def matched(needed: Shapes, given: Shapes, names: Mapping[str, str]) -> Match:
    """Return how the shapes `given` by a file differ from those `needed` by a network.

    `names`: the network's name of a tensor -> the file's, where they differ.
    """
    wanted = {names.get(name, name): shape for name, shape in needed.items()}
    return Match(
        missing=tuple(n for n in wanted if n not in given and not n.endswith(_COUNTER)),
        unexpected=tuple(n for n in given if n not in wanted),
        reshaped=tuple(
            f"{name} is {list(given[name])}, needed {list(shape)}"
            for name, shape in wanted.items()
            if name in given and given[name] != shape
        ),
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return (
        ", ".join(name.encode("ascii", "backslashreplace").decode() for name in names[:_SHOWN])
        + more
    )
