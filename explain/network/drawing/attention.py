"""Which rows and columns of weights make up each head of an attention."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.network import Network, Ref, Step
from explain.network.drawing.origins import NOTHING, Origins, Sources, Tracer
from explain.network.graph import consumers
from explain.network.layout import Memo
from explain.network.lifted import Lifted
from explain.network.operations import INTEGER, MOVEMENT, MatMul, ScaledDotProductAttention
from explain.network.steps import references

_QUERY, _KEY, _VALUE = range(3)
_RANKS = (3, 4)
"""Dimensions of a value with heads: [rows · heads, places, ...] or [rows, heads, places, ...]."""
_BEHIND_HEADS = 2
_SIDES = 2
_SCALES = frozenset({"mul", "mul_scalar", "div", "div_scalar"})
_KEEPING = _SCALES | {"item", "add", "neg", "cat", "to"}
_PLACE_BY_PLACE = _SCALES | {
    *("add", "add_scalar", "sub", "masked_fill", "masked_fill_tensor", "where", "maximum"),
    *("where_scalar_self", "where_scalar_other", "clone", "contiguous", "to", "nan_to_num"),
}
_BEFORE = _PLACE_BY_PLACE | MOVEMENT | {"gather", "index_select", "index"}
"""What may stand between scores, softmax and values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """One attention: its module, how many heads, and whose weights they are.

    `rows`: layer -> the head that each of its units belongs to, -1 for none (queries, keys and
    values, packed in one layer or apart). `roles`: layer -> what each of its units is, 0 a query,
    1 a key, 2 a value. `columns`: layer -> the head behind each of its inputs.
    """

    module: str
    count: int
    rows: Mapping[str, NDArray[np.int64]]
    roles: Mapping[str, NDArray[np.int64]]
    columns: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attention:
    """The step where heads mix places, the steps that take what it works on, and what that is.

    `given`: values and their roles, of each product of scores, then of the values.
    """

    step: Step
    given: tuple[tuple[Ref, int], ...]
    takers: frozenset[str]


def separable_heads(network: Network) -> tuple[Heads, ...]:
    """Return the heads of every attention whose weights can be told apart.

    Found is the fused attention, and softmax(q kᵀ) v written out as products with anything place by
    place between them (a scale, a mask, a bias of positions, products with positions that are
    gathered and added); heads are the second dimension of four, or merged with the rows. Units are
    followed through the steps between the layers and the attention, by running these steps on the
    numbers of the units: no length decides. Heads that share keys are one. An attention is left out
    where a unit serves something else besides, where all heads share keys, where a step mixes units
    on the way, and where it is written otherwise (sums over named dimensions).
    Cost: no pass through the network, and nothing the second time.
    """
    if not isinstance(network, Lifted):
        return ()
    return _KNOWN.get(network, None, lambda: _separable(network))


_KNOWN: Memo[tuple[Heads, ...]] = Memo()


def _separable(network: Lifted) -> tuple[Heads, ...]:
    attentions = _attentions(network)
    if not attentions:
        return ()
    tracer = _HeadTracer(network, attentions)
    for step in network.steps:
        tracer.run(step)
    found = (_heads(network, tracer, attention) for attention in attentions)
    return tuple(one for one in found if one is not None)


def _attentions(network: Lifted) -> tuple[_Attention, ...]:
    steps = {step.name: step for step in network.steps}
    found = (_attention(network, step, steps) for step in network.steps)
    return tuple(one for one in found if one is not None)


def _attention(network: Lifted, step: Step, steps: Mapping[str, Step]) -> _Attention | None:
    if _is(network, step, ScaledDotProductAttention):
        given = zip(references(step.arguments[:3]), (_QUERY, _KEY, _VALUE), strict=True)
        return _Attention(step=step, given=tuple(given), takers=frozenset({step.name}))
    if not _is(network, step, MatMul) or len(step.arguments) != _SIDES:
        return None
    weights, values = references(step.arguments)
    softmax = _before(weights, steps, network, nn.Softmax)
    scores = () if len(softmax) != 1 else _before(softmax[0].arguments[0], steps, network, MatMul)
    if not scores:
        return None
    sides = (zip(references(one.arguments[:_SIDES]), (_QUERY, _KEY), strict=True) for one in scores)
    return _Attention(
        step=step,
        given=(*(side for pair in sides for side in pair), (values, _VALUE)),
        takers=frozenset({step.name, *(one.name for one in scores)}),
    )


def _before(
    value: object, steps: Mapping[str, Step], network: Lifted, kind: type[nn.Module]
) -> tuple[Step, ...]:
    """Return the steps of a kind of layer that a value comes from, in order.

    Between them values are only carried along, and combined place by place.
    """
    found: dict[str, Step] = {}
    waiting, seen = [ref.name for ref in references(value)], set[str]()
    while waiting:
        step = steps[waiting.pop()]
        if step.name in seen:
            continue
        seen.add(step.name)
        if _is(network, step, kind):
            found[step.name] = step
        elif step.operation in _BEFORE:
            waiting += [ref.name for ref in references(step.arguments)]
    return tuple(step for name, step in steps.items() if name in found)


def _is(network: Network, step: Step, kind: type[nn.Module]) -> bool:
    return step.module is not None and isinstance(network.get_submodule(step.module), kind)


class _HeadTracer(Tracer):
    """Follows units; a head of an attention is a unit of its own from there on."""

    def __init__(self, network: Lifted, attentions: Iterable[_Attention]) -> None:
        super().__init__(network)
        self._attentions = {attention.step.name for attention in attentions}

    def _through(self, step: Step, kind: str) -> Origins:
        value = self._shapes[step.name]
        if step.name in self._attentions and value.dim() in _RANKS:
            origins: Origins = self._units(step, value, _head_axis(value))
            return origins
        return super()._through(step, kind)

    def origins(self, name: str) -> Origins:
        """Return where the value of a step comes from."""
        found: Origins = self._origins[name]
        return found

    def heads(self, attention: _Attention) -> int:
        """Return how many heads an attention has; 0: none that can be told."""
        value = self._shapes[attention.step.name]
        count = int(value.shape[_head_axis(value)]) if value.dim() in _RANKS else 0
        return 0 if value.dim() == min(_RANKS) and count == 1 else count


def _head_axis(value: Tensor) -> int:
    return value.dim() - _BEHIND_HEADS - 1


def _heads(network: Lifted, tracer: _HeadTracer, attention: _Attention) -> Heads | None:
    count = tracer.heads(attention)
    owners: dict[int, set[int]] = {}
    for ref, _ in attention.given:
        for codes in tracer.origins(ref.name):
            if not count or not _add_owners(codes, count, owners):
                return None
    group = _groups(count, owners.values())
    together = count > 1 and max(group) == 0
    if not owners or together or not _are_linear(network, tracer.sources, owners):
        return None
    rows = _by_layer(tracer.sources, {code: group[min(h)] for code, h in owners.items()})
    if not all(_serves_only(network, layer, attention) for layer in rows):
        return None
    columns = _columns(network, tracer, attention.step, group)
    return Heads(
        module=str(attention.step.module),
        count=max(group) + 1,
        rows=rows,
        roles=_by_layer(tracer.sources, _roles(tracer, attention)),
        columns=columns,
    )


def _roles(tracer: _HeadTracer, attention: _Attention) -> dict[int, int]:
    """Return the role of each unit; what is a value too is one, and a key that asks stays a key."""
    found: dict[int, int] = {}
    for ref, role in sorted(attention.given, key=lambda given: given[1]):
        for codes in tracer.origins(ref.name):
            found |= dict.fromkeys(_units_in(codes), role)
    return found


def _units_in(codes: Tensor) -> list[int]:
    """Return the units among codes; where no unit feeds a place there is none."""
    found: list[int] = torch.unique(codes[codes != NOTHING]).tolist()
    return found


def _add_owners(codes: Tensor, count: int, owners: dict[int, set[int]]) -> bool:
    """Note which heads every unit of a query, key or value serves; False: not clear."""
    if codes.dim() not in _RANKS or bool((codes < NOTHING).any()):
        return False
    by_head = codes.movedim(_head_axis(codes), 0)
    if count % len(by_head):
        return False
    each = count // len(by_head)
    for head in range(count):
        for code in _units_in(by_head[head // each]):
            owners.setdefault(code, set()).add(head)
    return True


def _groups(count: int, together: Iterable[set[int]]) -> list[int]:
    """Return for each head the group of heads that share units, numbered in order."""
    first = list(range(count))
    for heads in together:
        lowest = {first[head] for head in heads}
        first = [min(lowest) if one in lowest else one for one in first]
    order = {one: place for place, one in enumerate(sorted(set(first)))}
    return [order[one] for one in first]


def _are_linear(network: Lifted, sources: Sources, codes: Iterable[int]) -> bool:
    places = torch.unique(sources.of(torch.tensor(list(codes)))).tolist()
    found = [sources.all[place] for place in places]
    return all(one.shape is None and _is_linear(network, one.name) for one in found)


def _by_layer(sources: Sources, said: Mapping[int, int]) -> dict[str, NDArray[np.int64]]:
    """Return layer -> what is said of each of its units; -1: nothing."""
    found: dict[str, NDArray[np.int64]] = {}
    for code, value in said.items():
        source = sources.all[int(sources.of(torch.tensor(code)))]
        found.setdefault(source.name, np.full(source.units, -1))[code - source.first] = value
    return found


def _is_linear(network: Lifted, layer: str) -> bool:
    return isinstance(network.get_submodule(layer), nn.Linear)


def _serves_only(network: Lifted, layer: str, attention: _Attention) -> bool:
    """Return whether all that a layer puts out goes to one attention and nowhere else."""
    followers = consumers(network)
    waiting = [step.name for step in network.steps if step.module == layer]
    while waiting:
        for step in followers[waiting.pop()]:
            if step.name in attention.takers or step.operation in INTEGER | {"size"}:
                continue
            if step.operation not in MOVEMENT | _KEEPING:
                return False
            waiting.append(step.name)
    return True


def _columns(
    network: Lifted, tracer: _HeadTracer, attention: Step, group: Sequence[int]
) -> dict[str, NDArray[np.int64]]:
    """Return the group behind each input of the linear layer that reads the heads, if one does."""
    first = next(s.first for s in tracer.sources.all if s.name == attention.module)
    found: dict[str, NDArray[np.int64]] = {}
    for step in network.steps:
        if step.module is None or not _is_linear(network, step.module):
            continue
        terms = tracer.origins(references(step.arguments)[0].name)
        if len(terms) == 1:
            heads = _constant_by_feature(terms[0]) - first
            if ((heads >= 0) & (heads < len(group))).all():
                found[step.module] = np.array(group)[heads]
    return found


def _constant_by_feature(codes: Tensor) -> NDArray[np.int64]:
    """Return the code of each feature where it is the same at every place, else nothing's."""
    flat = codes.reshape(-1, codes.shape[-1])
    same = (flat == flat[0]).all(0)
    return torch.where(same, flat[0], NOTHING).numpy()
