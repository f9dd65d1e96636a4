"""Whether the tensors of a file are those that a network needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from explain.core.messages import Message, Sayable, listed
from models.registry.record import Shapes

_SHOWN = 4
_COUNTER = "num_batches_tracked"
"""Old files lack this counter of BatchNorm; nothing that is computed here depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Names that the network needs and the file lacks; the other way round; of another shape."""

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    reshaped: tuple[Message, ...]

    @property
    def exact(self) -> bool:
        """Whether every tensor has its place."""
        return not self.problems

    @property
    def problems(self) -> int:
        """Return how many tensors do not fit."""
        return len(self.missing) + len(self.unexpected) + len(self.reshaped)

    @property
    def told(self) -> list[Message]:
        """Return what does not fit, kind by kind."""
        return [
            Message("models.registry.problem", kind=kind, count=len(found), names=_listed(found))
            for kind in ("missing", "unexpected", "reshaped")
            if (found := getattr(self, kind))
        ]


def matched(needed: Shapes, given: Shapes, names: Mapping[str, str]) -> Match:
    """Return how the shapes `given` by a file differ from those `needed` by a network.

    `names`: the network's name of a tensor -> the file's, where they differ.
    """
    wanted = {names.get(name, name): shape for name, shape in needed.items()}
    return Match(
        missing=tuple(n for n in wanted if n not in given and not n.endswith(_COUNTER)),
        unexpected=tuple(n for n in given if n not in wanted),
        reshaped=tuple(
            Message(
                "models.registry.shapes",
                name=_printable(name),
                given=str(list(given[name])),
                needed=str(list(shape)),
            )
            for name, shape in wanted.items()
            if name in given and given[name] != shape
        ),
    )


def _listed(names: Sequence[str | Message]) -> Sayable:
    return listed((_printable(n) if isinstance(n, str) else n for n in names), _SHOWN)


def _printable(name: str) -> str:
    return name.encode("ascii", "backslashreplace").decode()
