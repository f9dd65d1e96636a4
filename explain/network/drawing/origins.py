"""Where each number of a value comes from: the network run on the names of units.

Instead of numbers, the steps carry codes. A prunable layer (or the input, or an embedding) puts
out the code of each of its units; what only moves values about moves the codes with the very same
operation; what combines values place by place collects them; what mixes places (attention, a
recurrent state's past, a sum over channels) keeps only which layers were mixed. A norm, an
activation and a pool keep the unit, although a norm also looks at its neighbours.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network.graph import CONVOLUTIONS, RECURRENT, kind_of
from explain.network.lifted import Lifted
from explain.network.operations import ELEMENTWISE, INTEGER, MOVEMENT, OPERATIONS, REDUCTION
from explain.network.shapes import weightless_run
from explain.network.steps import filled, last_uses, references, resolved

NOTHING = -1
"""The code of a place that no unit feeds: padding, zeros, a learned constant."""

_MOST_TERMS = 64
_HIGHEST = torch.iinfo(torch.int64).max
_SPATIAL = ("upsample",)
_PADS = frozenset({"pad", "constant_pad"})
_EMPTY = frozenset({"zeros_like", "ones_like", "full_like", "parameter"})

Origins = tuple[Tensor, ...]
"""Codes shaped like the value of one sample (batch 1). Several: the value is a sum of several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something that has units: a layer, or an input with its shape."""

    name: str
    first: int
    units: int
    shape: tuple[int, ...] | None
    """Shape of one sample for an input; None for a layer."""


class Sources:
    """All sources in execution order; unit `u` of a source has the code `first + u`."""

    def __init__(self) -> None:
        self.all: list[Source] = []
        self._ends: list[int] = []

    def add(self, name: str, units: int, shape: tuple[int, ...] | None = None) -> Source:
        """Add a source with that many units."""
        first = self._ends[-1] if self._ends else 0
        self.all.append(Source(name=name, first=first, units=units, shape=shape))
        self._ends.append(first + units)
        return self.all[-1]

    def of(self, codes: Tensor) -> Tensor:
        """Return the index of each code's source; -1 for nothing."""
        ends = torch.tensor(self._ends, dtype=torch.int64)
        found = torch.searchsorted(ends, codes.clamp(min=0).contiguous(), right=True)
        found = torch.where(codes <= whole(0), whole(0) - codes, found)
        return torch.where(codes == NOTHING, NOTHING, found)

    def present(self, terms: Iterable[Tensor]) -> list[int]:
        """Return the indices of all sources that occur."""
        found = {int(s) for codes in terms for s in torch.unique(self.of(codes))}
        return sorted(found - {NOTHING})


def whole(source: int) -> int:
    """Return the code that stands for all units of a source together."""
    return -2 - source


def trace_origins(network: Lifted, wanted: Iterable[str]) -> tuple[Sources, dict[str, Origins]]:
    """Return all sources, and for each wanted layer the origins of the value it works on."""
    tracer = Tracer(network)
    asked = set(wanted)
    found = {}
    for step, frees in zip(network.steps, last_uses(network.steps), strict=True):
        if step.module in asked:
            found[str(step.module)] = tracer.first(step)
        tracer.run(step)
        for name in frees:
            tracer.forget(name)
    return tracer.sources, found


class Tracer:
    """Runs the steps on codes. `_shapes` holds what the real values would look like."""

    def __init__(self, network: Lifted) -> None:
        self.sources = Sources()
        self._network = network
        self._shapes = weightless_run(network, 1)
        self._origins: dict[str, Any] = {}

    def first(self, step: Step) -> Origins:
        """Return the origins of the first value a step works on."""
        found: Origins = self._origins[references(step.arguments)[0].name]
        return found

    def forget(self, name: str) -> None:
        """Drop a value that nothing needs any more."""
        self._origins.pop(name, None)

    def run(self, step: Step) -> None:
        """Find the origins of a step's value."""
        shape = self._shapes[step.name]
        if step.operation in INTEGER or step.operation in _EMPTY or _is_mask(shape):
            self._origins[step.name] = ()
            return
        found = self._layer(step) if step.operation == "module" else self._function(step)
        self._origins[step.name] = _few(found, self.sources) if isinstance(shape, Tensor) else found

    def _function(self, step: Step) -> Any:
        operation = step.operation
        if operation == "input":
            return self._input(step)
        if operation == "output":
            return self.first(step)
        if operation == "item":
            return _descend(self._origins[_only(step.arguments[0])], step.arguments[1:])
        if operation in MOVEMENT:
            return self._moved(step)
        if operation in ELEMENTWISE:
            return self._together(step)
        return self._reduced_or_mixed(step)

    def _reduced_or_mixed(self, step: Step) -> Any:
        if step.operation in REDUCTION:
            return self._reduced(step)
        if step.operation in _PADS:
            return tuple(map(self._padding(step), self.first(step)))
        if step.operation.startswith(_SPATIAL):
            return self._spread(step)
        if step.operation in {"index", "index_select"}:
            return self._indexed(step)
        return self._mixed(step)

    def _input(self, step: Step) -> Origins:
        shape = self._shapes[step.name].shape
        source = self.sources.add(step.name, math.prod(shape[1:]), tuple(shape[1:]))
        return ((torch.arange(source.units) + source.first).reshape(shape[1:]).expand(shape),)

    def _layer(self, step: Step) -> Any:
        module = self._network.get_submodule(str(step.module))
        shape = self._shapes[step.name]
        if isinstance(module, RECURRENT):
            return self._recurrent(step, module, shape)
        if isinstance(module, (nn.Linear, nn.Embedding)):
            return self._units(step, shape, len(shape.shape) - 1)
        if isinstance(module, CONVOLUTIONS):
            return self._units(step, shape, 1)
        if isinstance(module, nn.GLU):
            return tuple(h for x in self.first(step) for h in x.chunk(2, module.dim))
        return self._through(step, kind_of(module))

    def _through(self, step: Step, kind: str) -> Origins:
        if kind in {"norm", "activation"}:
            return self.first(step)
        return self._spread(step) if kind == "pool" else self._mixed(step)

    def _units(self, step: Step, value: Tensor, axis: int) -> Origins:
        """Return a layer's own units, laid out along one axis of its output."""
        shape = value.shape
        source = self.sources.add(str(step.module), shape[axis])
        codes = torch.arange(source.units) + source.first
        return (codes.reshape([-1 if d == axis else 1 for d in range(len(shape))]).expand(shape),)

    def _recurrent(self, step: Step, module: nn.Module, value: Any) -> Any:
        """Return units for every time step; of the last states only the top layer has units."""
        if isinstance(value, Tensor):
            return self._units(step, value, len(value.shape) - 1)
        is_cell = isinstance(module, nn.RNNCellBase)
        sequence = self._units(step, value[0], len(value[0].shape) - 1)
        if is_cell:
            return (sequence, sequence)
        states = value[1] if isinstance(value[1], tuple) else (value[1],)
        lasts = tuple((_last_state(self.sources, state),) for state in states)
        return (sequence, lasts if isinstance(value[1], tuple) else lasts[0])

    def _moved(self, step: Step) -> Any:
        """Move codes with the same operation that moves the numbers."""
        names = [ref.name for ref in references(step.arguments) if self._carries(ref)]
        count = max((len(self._origins[name]) for name in names), default=0)
        moved = [
            OPERATIONS[step.operation](*arguments, **keywords)
            for arguments, keywords in (
                filled(step, {ref.name: self._term(ref.name, term) for ref in references(step)})
                for term in range(count)
            )
        ]
        if isinstance(self._shapes[step.name], Tensor):
            return tuple(moved)
        return tuple(zip(*map(tuple, moved), strict=True))

    def _term(self, name: str, term: int) -> Any:
        """Return one term of a value's codes; what is no tensor as it is."""
        shape = self._shapes[name]
        if not isinstance(shape, Tensor):
            return shape
        origins = self._origins[name]
        return origins[term] if term < len(origins) else _nothing(shape)

    def _carries(self, ref: Ref) -> bool:
        return isinstance(self._shapes[ref.name], Tensor)

    def _together(self, step: Step) -> Origins:
        """Collect the origins of all values that meet place by place."""
        shape = self._shapes[step.name].shape
        names = [ref.name for ref in references(step.arguments) if self._carries(ref)]
        return tuple(codes.expand(shape) for name in names for codes in self._origins[name])

    def _reduced(self, step: Step) -> Any:
        """Keep a unit where a whole stretch that is summed up belongs to it."""
        dims = step.arguments[1]
        value = self._shapes[step.name]
        result = value if isinstance(value, Tensor) else value[0]
        codes = self.first(step)
        settled = tuple(x for term in codes for x in self._settled(term, dims, result.shape))
        return settled if isinstance(value, Tensor) else (settled, ())

    def _settled(self, codes: Tensor, dims: Any, shape: Sequence[int]) -> Origins:
        over = tuple(range(codes.dim())) if dims in (None, ()) else dims
        nothing = codes == NOTHING
        # Padding is pushed out of both extremes: a window at the border still belongs to its unit.
        low = codes.masked_fill(nothing, _HIGHEST).amin(over).reshape(shape)
        high = codes.masked_fill(nothing, -_HIGHEST).amax(over).reshape(shape)
        settled = torch.where(low == high, low, NOTHING)
        mixed = low < high
        if not mixed.any():
            return (settled,)
        present = self.sources.present((codes,))
        return (settled, *(torch.where(mixed, whole(source), NOTHING) for source in present))

    def _spread(self, step: Step) -> Origins:
        """Keep the channel of a pool or an enlargement: one code per channel, laid out anew."""
        shape = self._shapes[step.name].shape
        found: list[Tensor] = []
        for codes in self.first(step):
            flat = (*codes.shape[:2], *(1 for _ in shape[2:]))
            settled = self._settled(codes, tuple(range(2, codes.dim())), flat)
            found.extend(term.expand(shape) for term in settled)
        return tuple(found)

    def _padding(self, step: Step) -> Callable[[Tensor], Tensor]:
        """Return how one term is padded: a constant comes from nowhere, a copy from its place."""
        amounts, *rest = step.arguments[1:]
        mode = rest[0] if step.operation == "pad" and rest else "constant"

        def pad(codes: Tensor) -> Tensor:
            exact = codes.double()  # reflection is not implemented for integers
            value = NOTHING if mode == "constant" else None
            padded = nn.functional.pad(exact, cast("list[int]", amounts), str(mode), value)
            return padded.long()

        return pad

    def _indexed(self, step: Step) -> Any:
        """Follow indices that are constants of the network; others mix."""
        value, *rest = step.arguments
        constants = {ref.name: self._constant(ref) for ref in references(tuple(rest))}
        if any(tensor is None for tensor in constants.values()):
            return self._mixed(step)
        given = [resolved(argument, constants) for argument in rest]
        terms = self._origins[_only(value)]
        operation = OPERATIONS[step.operation]
        return tuple(cast("Tensor", operation(codes, *given)) for codes in terms)

    def _constant(self, ref: Ref) -> Tensor | None:
        step = next(s for s in self._network.steps if s.name == ref.name)
        is_constant = step.operation == "parameter"
        return self._network.tensor(str(step.arguments[0])) if is_constant else None

    def _mixed(self, step: Step) -> Any:
        """Keep only which sources were mixed."""
        names = [ref.name for ref in references(step)]
        present = self.sources.present(c for n in names for c in _flat(self._origins[n]))
        return _like(self._shapes[step.name], present)


def _few(origins: Origins, sources: Sources) -> Origins:
    """Drop repeated terms; past a limit keep only which sources there are."""
    kept: list[Tensor] = []
    for codes in origins:
        if not any(torch.equal(codes, other) for other in kept):
            kept.append(codes)
    if len(kept) <= _MOST_TERMS:
        return tuple(kept)
    shape = kept[0].shape
    return tuple(torch.full(shape, whole(source)) for source in sources.present(kept))


def _last_state(sources: Sources, state: Tensor) -> Tensor:
    """Return codes of the last states [layers · directions, batch, width] of the newest source."""
    index, width = len(sources.all) - 1, state.shape[-1]
    source = sources.all[index]
    directions = max(1, source.units // width)
    codes = torch.full(tuple(state.shape), whole(index))
    own = (torch.arange(source.units) + source.first).reshape(directions, 1, width)
    if source.units == directions * width:
        codes[-directions:] = own
    return codes


def _is_mask(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype == torch.bool


def _nothing(value: Tensor) -> Tensor:
    return torch.full(tuple(value.shape), NOTHING)


def _only(argument: object) -> str:
    return references(argument)[0].name


def _descend(value: Any, path: Iterable[Any]) -> Any:
    for index in path:
        value = value[index] if value else ()
    return value


def _flat(origins: Any) -> list[Tensor]:
    if isinstance(origins, Tensor):
        return [origins]
    return [codes for part in origins for codes in _flat(part)]


def _like(value: Any, present: Sequence[int]) -> Any:
    if isinstance(value, Tensor):
        return tuple(torch.full(tuple(value.shape), whole(source)) for source in present)
    return tuple(_like(part, present) for part in value)
