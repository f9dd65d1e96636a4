"""How the state dict of a source lies in the tensors of its lifted network."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from explain.network.lifting.boxes import is_covered, parts_of
from explain.network.lifting.entries import ancestors, numbered_entries
from explain.network.lifting.translation import Translation
from explain.network.lifting.weights import Weights
from explain.network.source_state import (
    Folded,
    SourcePart,
    SourceState,
    SourceTensor,
    row_by_row,
    whole_part,
)

_PRUNED = 0.5
_OTHER = 1.25


def source_state(
    found: Translation,
    weights: Weights,
    state: Mapping[str, Tensor],
    originals: Mapping[str, str],
) -> SourceState:
    """Return how the state dict of a source lies in the tensors that its lifted network has.

    `state`: the source's tensors themselves under the names of its state dict; `originals`: lifted
    name of a layer -> what the source calls it. Cost: for weights that the source cuts or puts
    together in each pass, 8 bytes an entry.
    """
    parts: dict[int, list[SourcePart]] = defaultdict(list)
    computed = dict[str, tuple[int, ...]]()
    for name, tensor in _held(found.modules, found.tensors).items():
        held = _parts(name, tensor, weights)
        if held is None:
            computed[name] = ancestors(weights, tensor)
        for source, part in (held or {}).items():
            parts[source].append(part)
    names: dict[int, tuple[str, ...]] = {}
    for name, tensor in state.items():
        names[id(tensor)] = (*names.get(id(tensor), ()), name)
    folded = [
        Folded(tensor=name, name=_title(name, originals), of=of)
        for name, ancestors in computed.items()
        if (of := tuple(known for one in ancestors for known in names.get(one, ())))
    ]
    gone = {one for ancestors in computed.values() for one in ancestors} - set(parts)
    kept = {id(tensor): tensor for tensor in state.values() if id(tensor) not in gone}
    return SourceState(
        tensors=tuple(
            _source_tensor(names[one], tensor, tuple(parts[one]), weights)
            for one, tensor in kept.items()
        ),
        folded=tuple(folded),
    )


def _title(name: str, originals: Mapping[str, str]) -> str:
    layer, _, last = name.rpartition(".")
    return f"{originals.get(layer, layer)}.{last}" if layer else name


def _held(modules: Mapping[str, nn.Module], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return every tensor of a lifted network once, under its first name."""
    found: dict[int, tuple[str, Tensor]] = {}
    for layer, module in modules.items():
        own = (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
        for name, tensor in own:
            found.setdefault(id(tensor), (f"{layer}.{name}", tensor))
    for name, tensor in tensors.items():
        found.setdefault(id(tensor), (name, tensor))
    return dict(found.values())


def _parts(name: str, tensor: Tensor, weights: Weights) -> Mapping[int, SourcePart] | None:
    """Return what of each source a lifted tensor holds, {} where it was made here."""
    source = weights.source_of(tensor)
    if source is None:
        return {}
    turned = tensor.shape != source.shape or tensor.stride() != source.stride()
    if id(source) not in weights.recipes:
        part = whole_part(name, tuple(tensor.shape))
        strides = part.strides if not turned else row_by_row(tuple(source.shape))[::-1]
        return {id(source): replace(part, strides=strides)}
    numbered = numbered_entries(weights, source)
    if numbered is None:
        same = _standing(weights, source)
        return None if same is None else {same: whole_part(name, tuple(tensor.shape))}
    entries, firsts = numbered
    return parts_of(name, entries.t() if turned else entries, firsts)


def _standing(weights: Weights, made: Tensor) -> int | None:
    """Return the source's tensor in whose place a computed weight may stand, pruned or not.

    Computing it once more must not change it then: a mask of ones and zeros does not.
    """
    generator = torch.Generator().manual_seed(0)
    kept = torch.rand(made.shape, generator=generator) > _PRUNED
    known = {id(given): given for given in weights.sources.values()}
    for one in ancestors(weights, made):
        trials = [made.detach(), made.detach() * kept, made.detach() * kept * _OTHER]
        if known[one].shape == made.shape and all(
            torch.equal(weights.recomputed(made, {one: trial}), trial) for trial in trials
        ):
            return one
    return None


def _source_tensor(
    names: tuple[str, ...], tensor: Tensor, parts: tuple[SourcePart, ...], weights: Weights
) -> SourceTensor:
    shape = tuple(tensor.shape)
    whole_one = len(parts) == 1 and math.prod(parts[0].sizes) == tensor.numel()
    covered = whole_one or (bool(parts) and is_covered(shape, parts))
    return SourceTensor(
        names=names,
        shape=shape,
        dtype=tensor.dtype,
        parts=parts,
        rest=None if covered else weights.own(tensor).detach(),
    )
