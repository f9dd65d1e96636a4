"""What an architecture of the registry is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from explain.core.methods import Parameter
from explain.network import Lifted

Shapes = Mapping[str, tuple[int, ...]]
"""Name of a tensor in a file -> its shape."""

Settings = Mapping[str, Any]
"""Everything that makes one network: what the shapes say, and what people chose."""


def _unchanged(network: Lifted, _: Settings) -> Lifted:
    return network


Scale = tuple[tuple[float, ...], tuple[float, ...]]
"""Mean and standard deviation of each colour, between 0 and 1."""


def _as_it_is(_: Settings) -> Scale | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeMatch:
    """What the shapes of a file say about an architecture.

    `settings` are sizes, and proposals for what shapes leave open. `names`: tensor of ours -> name
    in the file, for those that are called differently.
    """

    settings: Settings
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A network that is known by name.

    `recognise` reads sizes off the shapes of a file, None where that cannot be this network; it
    raises `Lacking` where it must be this one, but a tensor is not there.
    `parameters` are what shapes do not say. `make` returns the module for settings, `example` an
    input of two rows for it. `needs` says in words which tensors a file must have. `stretch`
    brings a network that was lifted on a short example to the length of the settings. `published`:
    names of trained sizes, which are this network too. `scaled`: by what those who published such
    weights take pictures, None where nobody knows.
    """

    key: str
    title: str
    line: str
    needs: str
    source: str
    recognise: Callable[[Shapes], ShapeMatch | None]
    make: Callable[[Settings], nn.Module]
    example: Callable[[Settings], Tensor]
    parameters: tuple[Parameter, ...] = ()
    stretch: Callable[[Lifted, Settings], Lifted] = _unchanged
    published: tuple[str, ...] = ()
    scaled: Callable[[Settings], Scale | None] = _as_it_is


class Lacking(LookupError):
    """Weights are those of an architecture, but for one tensor: its `name`, and how many sizes."""

    def __init__(self, name: str, rank: int) -> None:
        super().__init__(name)
        self.name, self.rank = name, rank


def needed(shapes: Shapes, name: str, rank: int) -> tuple[int, ...]:
    """Return the shape of a tensor of `rank` sizes, none of them 0.

    Raises:
        Lacking: there is none, or it has another number of sizes.
    """
    shape = shapes.get(name, ())
    if len(shape) != rank or 0 in shape:
        raise Lacking(name, rank)
    return shape


def children(shapes: Shapes, parent: str) -> set[str]:
    """Return the parts of the names that stand behind `parent` and a dot, up to the next dot."""
    start = len(parent) + 1
    return {name[start:].partition(".")[0] for name in shapes if name.startswith(f"{parent}.")}


def choice(key: str, title: str, line: str, choices: tuple[str, ...]) -> Parameter:
    """Return a parameter whose values 0, 1, ... are called `choices`; the first is the default."""
    return Parameter(
        key=key,
        title=title,
        line=line,
        default=0,
        low=0,
        high=len(choices) - 1,
        choices=choices,
    )
