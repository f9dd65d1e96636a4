"""Which rows and columns of weights make up each head of an attention."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.network import Network, Step
from explain.network.drawing.origins import NOTHING, Origins, Sources, Tracer
from explain.network.graph import consumers
from explain.network.lifted import Lifted
from explain.network.operations import INTEGER, MOVEMENT, ScaledDotProductAttention
from explain.network.steps import references

_PLACES = 4
_HEAD_AXIS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """One attention: its module, how many heads, and whose weights they are.

    `rows`: layer -> the head that each of its units belongs to, -1 for none (queries, keys and
    values, packed in one layer or apart). `columns`: layer -> the head behind each of its inputs.
    """

    module: str
    count: int
    rows: Mapping[str, NDArray[np.int64]]
    columns: Mapping[str, NDArray[np.int64]]


def separable_heads(network: Network) -> tuple[Heads, ...]:
    """Return the heads of every attention whose weights can be told apart.

    Units are followed through the steps between the layers and the attention, by running these
    steps on the numbers of the units. An attention is left out where a unit serves two heads or
    something else besides, where keys are shared by several heads, where a step mixes units on the
    way, and where it is written out by hand (matrix products).
    Cost: no pass through the network.
    """
    if not isinstance(network, Lifted) or not _attentions(network):
        return ()
    tracer = _HeadTracer(network)
    for step in network.steps:
        tracer.run(step)
    found = (_heads(network, tracer, step) for step in _attentions(network))
    return tuple(one for one in found if one is not None)


def _attentions(network: Network) -> list[Step]:
    return [
        step
        for step in network.steps
        if step.module is not None
        and isinstance(network.get_submodule(step.module), ScaledDotProductAttention)
        and len(step.shape or ()) == _PLACES - 1
    ]


class _HeadTracer(Tracer):
    """Follows units; a head of an attention is a unit of its own from there on."""

    def _through(self, step: Step, kind: str) -> Origins:
        value = self._shapes[step.name]
        if kind == "attention" and value.dim() == _PLACES:
            origins: Origins = self._units(step, value, _HEAD_AXIS)
            return origins
        return super()._through(step, kind)

    def origins(self, name: str) -> Origins:
        """Return where the value of a step comes from."""
        found: Origins = self._origins[name]
        return found


def _heads(network: Lifted, tracer: _HeadTracer, step: Step) -> Heads | None:
    count = (step.shape or (0,))[0]
    rows: dict[str, NDArray[np.int64]] = {}
    for ref in references(step.arguments[:3]):
        for codes in tracer.origins(ref.name):
            if not _add_rows(network, tracer.sources, codes, count, rows):
                return None
    if not rows or not all(_serves_only(network, layer, step) for layer in rows):
        return None
    columns = _columns(network, tracer, step, count)
    return Heads(module=str(step.module), count=count, rows=rows, columns=columns)


def _add_rows(
    network: Lifted,
    sources: Sources,
    codes: Tensor,
    count: int,
    rows: dict[str, NDArray[np.int64]],
) -> bool:
    """Note which head every unit of a query, key or value serves; False where that is not clear."""
    if codes.dim() != _PLACES or codes.shape[_HEAD_AXIS] != count or bool((codes < 0).any()):
        return False
    for head in range(count):
        for code in torch.unique(codes[:, head]).tolist():
            source = sources.all[int(sources.of(torch.tensor(code)))]
            if source.shape is not None or not _is_linear(network, source.name):
                return False
            heads = rows.setdefault(source.name, np.full(source.units, -1))
            at = code - source.first
            if heads[at] not in {-1, head}:
                return False
            heads[at] = head
    return True


def _is_linear(network: Lifted, layer: str) -> bool:
    return isinstance(network.get_submodule(layer), nn.Linear)


def _serves_only(network: Lifted, layer: str, attention: Step) -> bool:
    """Return whether all that a layer puts out goes to one attention and nowhere else."""
    followers = consumers(network)
    waiting = [step.name for step in network.steps if step.module == layer]
    while waiting:
        for step in followers[waiting.pop()]:
            if step.name == attention.name or step.operation in INTEGER | {"size"}:
                continue
            if step.operation not in MOVEMENT | {"item", "mul", "mul_scalar", "add", "neg", "cat"}:
                return False
            waiting.append(step.name)
    return True


def _columns(
    network: Lifted, tracer: _HeadTracer, attention: Step, count: int
) -> dict[str, NDArray[np.int64]]:
    """Return the head behind each input of the linear layer that reads the heads, if one does."""
    first = next(s.first for s in tracer.sources.all if s.name == attention.module)
    found: dict[str, NDArray[np.int64]] = {}
    for step in network.steps:
        if step.module is None or not _is_linear(network, step.module):
            continue
        terms = tracer.origins(references(step.arguments)[0].name)
        if len(terms) == 1:
            heads = _constant_by_feature(terms[0]) - first
            if ((heads >= 0) & (heads < count)).all():
                found[step.module] = heads
    return found


def _constant_by_feature(codes: Tensor) -> NDArray[np.int64]:
    """Return the code of each feature where it is the same at every place, else nothing's."""
    flat = codes.reshape(-1, codes.shape[-1])
    same = (flat == flat[0]).all(0)
    return torch.where(same, flat[0], NOTHING).numpy()
