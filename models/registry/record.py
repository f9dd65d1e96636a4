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

    `recognise` reads sizes off the shapes of a file, None where that cannot be this network.
    `parameters` are what shapes do not say. `make` returns the module for settings, `example` an
    input of two rows for it. `needs` says in words which tensors a file must have. `stretch`
    brings a network that was lifted on a short example to the length of the settings.
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
