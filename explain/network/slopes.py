"""Where gradients can come back to: layers, and numbers of the inputs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explain.core.network import Network, Step
from explain.network.drawing.origins import NOTHING, Tracer, whole
from explain.network.layout import Memo, require_lifted
from explain.network.lifted import Lifted
from explain.network.steps import last_uses, references

_FLAT = frozenset(
    {"sign", "sgn", "div_mode", "div_scalar_mode", "floor_divide", "heaviside"}
    | {"floor", "ceil", "round", "round_decimals", "trunc"}
    | {"zeros_like", "ones_like", "full_like"}
)
"""Operations whose result is a real number and changes by jumps, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """What a small change can move the outputs by.

    `layers`: those through which a gradient comes back. `blocked`: input step -> which numbers of a
    flattened sample are read, but only by steps without a slope, such as a cast to whole numbers.
    """

    layers: frozenset[str]
    blocked: Mapping[str, Tensor]


def slopes(network: Network) -> Slopes:
    """Return where gradients can come back to, whatever the numbers are.

    The steps run on the names of units: a value of whole numbers or truths, a sign and a rounded
    quotient have no slope, so what they are made of is read and gets no gradient by them.
    Cost: no pass, and nothing for a network with the same steps as one of the last 16.

    Raises:
        Refused: not a lifted network.
    """
    lifted = require_lifted(network)
    return _KNOWN.get(lifted, None, lambda: _found(lifted))


_KNOWN: Memo[Slopes] = Memo()


class _SlopeTracer(Tracer):
    """Follows units as far as gradients go. `fed`: source -> codes that it is made of."""

    def __init__(self, network: Lifted) -> None:
        super().__init__(network)
        self.fed: dict[int, set[int]] = {}
        self.answer: set[int] = set()
        self.read: set[int] = set()

    def run(self, step: Step) -> None:
        """Find the origins of a step's value, none where it has no slope."""
        given = _codes(self._origins[ref.name] for ref in references(step))
        sources = len(self.sources.all)
        super().run(step)
        if step.operation != "input":
            self.fed |= dict.fromkeys(range(sources, len(self.sources.all)), given)
        if step.operation == "output":
            self.answer = given
        flat = step.operation in _FLAT or _is_whole(self._shapes[step.name])
        if flat and step.operation != "input":
            self._origins[step.name] = ()
        if flat or step.operation == "output" or sources < len(self.sources.all):
            self.read |= given


def _is_whole(value: Any) -> bool:
    real = isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex())
    return isinstance(value, Tensor) and not real


def _codes(origins: Iterable[Any]) -> set[int]:
    found: set[int] = set()
    for part in origins:
        found |= set(torch.unique(part).tolist()) if isinstance(part, Tensor) else _codes(part)
    return found - {NOTHING}


def _found(network: Lifted) -> Slopes:
    tracer = _SlopeTracer(network)
    for step, frees in zip(network.steps, last_uses(network.steps), strict=True):
        tracer.run(step)
        for name in frees:
            tracer.forget(name)
    reached: set[int] = set()
    smooth, waiting = set(tracer.answer), _sources(tracer, tracer.answer)
    while waiting:
        source = waiting.pop()
        reached.add(source)
        smooth |= tracer.fed.get(source, set())
        waiting |= _sources(tracer, tracer.fed.get(source, set())) - reached
    every = tracer.sources.all
    return Slopes(
        layers=frozenset(every[place].name for place in reached if every[place].shape is None),
        blocked={
            source.name: _marked(tracer.read, place, source) & ~_marked(smooth, place, source)
            for place, source in enumerate(every)
            if source.shape is not None
        },
    )


def _sources(tracer: Tracer, codes: set[int]) -> set[int]:
    if not codes:
        return set()
    return set(tracer.sources.of(torch.tensor(sorted(codes))).tolist()) - {NOTHING}


def _marked(codes: set[int], place: int, source: Any) -> Tensor:
    """Return which numbers of an input are among the codes."""
    if whole(place) in codes:
        return torch.ones(source.units, dtype=torch.bool)
    own = torch.arange(source.first, source.first + source.units)
    return torch.isin(own, torch.tensor(sorted(codes), dtype=torch.int64))
