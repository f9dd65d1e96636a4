"""The way back: a network's weights under the names of the code that it was made from."""

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from explain.core.messages import Message, listed
from explain.network.lifted import Lifted
from explain.network.source_state import SourcePart, SourceState, SourceTensor, whole_part

_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StateForSource:
    """Tensors under the source's names, tied ones under each of them, and what is to be said."""

    tensors: Mapping[str, Tensor]
    notes: tuple[Message, ...] = ()


def state_for_source(network: Lifted) -> StateForSource:
    """Return what `load_state_dict` of the code that a network came from takes.

    Parameters and persistent buffers under all their names there, with the values of the network:
    transposed, put together and cut as the source has them; what the network does not compute with
    has the source's values. Weights that the source computes in each pass (a weight norm, a mask)
    stand as they are computed, in place of their parts, and `notes` say so. Where nothing is known
    of a source, the network's own names are those that stand. Tensors may share memory with the
    network's. Cost: a copy of the tensors that stand otherwise there.
    """
    state = network.source
    if state is None:
        return StateForSource(tensors=MappingProxyType(network.weights()))
    found: dict[str, Tensor] = {}
    unlike = []
    for one in state.tensors:
        values, agree = _values(network, one)
        found |= dict.fromkeys(one.names, values)
        unlike += [] if agree else [one.names[0]]
    folded = {each.name: network.tensor(each.tensor).detach() for each in state.folded}
    return StateForSource(
        tensors=MappingProxyType({**found, **folded}),
        notes=tuple(_notes(state, unlike)),
    )


def source_without(network: Lifted, held: Container[str]) -> SourceState | None:
    """Return the state of a network's source for one that has only the tensors `held`.

    What the others held is remembered as it is now. None where a layer was exchanged by hand: its
    tensors are gone, and the network is no copy of what it came from.
    """
    if network.source is None:
        return None
    there = {
        name
        for name, _ in (
            *network.named_parameters(remove_duplicate=False),
            *network.named_buffers(remove_duplicate=False),
        )
    }
    if any(part.tensor not in there for one in network.source.tensors for part in one.parts):
        return None
    return SourceState(
        tensors=tuple(_remembered(network, one, held) for one in network.source.tensors),
        folded=tuple(one for one in network.source.folded if one.tensor in held),
    )


def _remembered(network: Lifted, one: SourceTensor, held: Container[str]) -> SourceTensor:
    parts = tuple(part for part in one.parts if part.tensor in held)
    return one if parts == one.parts else replace(one, parts=parts, rest=_values(network, one)[0])


def _values(network: Lifted, wanted: SourceTensor) -> tuple[Tensor, bool]:
    """Return the values of a source's tensor, and whether all parts that share an entry agree."""
    first = next((part.tensor for part in wanted.parts), "")
    if wanted.parts == (whole_part(first, wanted.shape),):
        held = network.tensor(first).detach()
        if held.shape == wanted.shape:
            return held.to(wanted.dtype).contiguous(), True
    flat = _blank(wanted)
    for part in wanted.parts:
        _place(flat, part).copy_(_box(network, part))
    agree = all(
        torch.equal(_place(flat, part), _box(network, part).to(wanted.dtype))
        for part in wanted.parts
    )
    return flat.view(wanted.shape), agree


def _blank(wanted: SourceTensor) -> Tensor:
    if wanted.rest is not None:
        return wanted.rest.detach().contiguous().clone().view(-1)
    return torch.zeros(math.prod(wanted.shape), dtype=wanted.dtype)


def _place(flat: Tensor, part: SourcePart) -> Tensor:
    return flat.as_strided(part.sizes, part.strides, part.offset)


def _box(network: Lifted, part: SourcePart) -> Tensor:
    ends = zip(part.starts, part.sizes, strict=True)
    box = tuple(slice(start, start + size) for start, size in ends)
    return network.tensor(part.tensor).detach()[box]


def _notes(state: SourceState, unlike: list[str]) -> Iterator[Message]:
    if state.folded:
        yield Message(
            "network.source.folded",
            tensors=listed((one.name for one in state.folded), _SHOWN),
            parts=listed((name for one in state.folded for name in one.of), _SHOWN),
        )
    if unlike:
        yield Message("network.source.unlike", tensors=listed(unlike, _SHOWN))
