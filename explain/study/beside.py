"""A second network beside the first: it answers the first one's samples, layer by layer."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from explain.core.comparison import check_comparable
from explain.core.errors import Refused
from explain.core.messages import Message, listed
from explain.core.network import Network
from explain.core.plan import PruningPlan
from explain.core.scores import MaskSet
from explain.core.subject import Subject
from explain.network import layer_of, output_layers
from explain.pruning import score, select

_ROWS = 8
_SHOWN = 10
"""Names of classes that a note shows."""
_GONE, _LEFT = 1.0, 2.0
"""What stands for a weight that the other network lost, and for one that it has."""


def beside(first: Subject, other: Subject) -> Subject:
    """Return the other network as one that answers the first one's samples, under its task.

    Classes of the same names in another order are put into the first one's: the rows of the last
    layer move, and a note on the card says so. Cost: two passes of 8 rows where they do.

    Raises:
        Refused: they read other inputs or answer another question, or the other one's classes
            stand in another order and do not move with the rows of its last layer.
    """
    check_comparable(first, other)
    network, card = other.network, other.card
    theirs, ours = other.task.classes, first.task.classes
    if theirs != ours and sorted(theirs) == sorted(ours):
        network = _reordered(first, other, torch.tensor([theirs.index(name) for name in ours]))
        note = Message("comparison.classes_moved", classes=listed(theirs, _SHOWN))
        card = replace(card, notes=(*card.notes, note))
    return replace(
        other,
        network=network,
        card=card,
        samples=first.samples,
        calibration=first.calibration,
        spec=first.spec,
        task=first.task,
    )


def _reordered(first: Subject, other: Subject, order: Tensor) -> Network:
    """Return the other network with its outputs in this order, checked on samples."""
    last = output_layers(other.network)
    rows = {
        name: parameter.detach()[order]
        for name, parameter in other.network.named_parameters()
        if layer_of(name) in last and len(parameter) == len(order)
    }
    found = other.network.with_parameters(rows)
    some = first.samples.take(np.arange(min(_ROWS, first.samples.count))).inputs
    with torch.no_grad():
        agree = bool(len(some[0])) and torch.allclose(found(*some), other.network(*some)[:, order])
    if not agree:
        raise Refused("comparison.other_order", dense=first.card.title, other=other.card.title)
    return found


def left_beside(first: Subject, other: Subject) -> MaskSet:
    """Return which connections of the first network the other one still has, as masks say it.

    Gone are the weights that are 0 in the other and not in the first. Layers are matched by their
    names, or in the order in which they run where all shapes agree, and units by their place.
    Cost: one sort of the weights, no pass.

    Raises:
        Refused: units cannot be matched: the layers differ; nothing can be pruned in the first.
    """
    pairs = _matched(first, other)
    marked, lost = {}, 0
    for mine, theirs in pairs.items():
        weight = first.network.get_parameter(mine).detach()
        left = other.network.get_parameter(theirs).detach() != 0
        marked[mine] = torch.where(left, _LEFT, _GONE).to(weight) * (weight != 0)
        lost += int(((weight != 0) & ~left).sum())
    stand_in = replace(first, network=first.network.with_parameters(marked))
    scores = score(stand_in, PruningPlan())
    tensors = tuple(replace(one, values=marked[one.name]) for one in scores.tensors)
    scores = replace(scores, tensors=tensors)
    return select(scores, PruningPlan().at(lost / scores.entries))


def _matched(first: Subject, other: Subject) -> dict[str, str]:
    """Return the weight of the other network that stands for each prunable one of the first."""
    mine, theirs = _shapes(first.network), _shapes(other.network)
    if mine == theirs:
        return {name: name for name in mine}
    if list(mine.values()) == list(theirs.values()):
        return dict(zip(mine, theirs, strict=True))
    title, others = first.card.title, other.card.title
    if len(mine) != len(theirs):
        raise Refused(
            "comparison.other_depth",
            dense=title,
            other=others,
            mine=len(mine),
            theirs=len(theirs),
        )
    pairs = zip(mine, mine.values(), theirs.values(), strict=True)
    name, here, there = next(one for one in pairs if one[1] != one[2])
    raise Refused(
        "comparison.other_layers",
        dense=title,
        other=others,
        layer=layer_of(name),
        mine=_said(here),
        theirs=_said(there),
    )


def _shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """Return the shape of each prunable weight, in the order in which they run."""
    return {name: tuple(network.get_parameter(name).shape) for name in network.prunable}


def _said(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
