"""Attention heads: queries, keys and values of one head are a module."""

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import Message
from explain.core.methods import Partitioner
from explain.core.subject import Subject
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph
from explain.decompose.units import UnitSkeleton, trace_units


def attention_heads(graph: UnitGraph, _wanted: SplitRequest) -> Split:
    """Make a module of each head of each attention, and one of all other units."""
    labels = np.zeros(graph.skeleton.nodes, np.int64)
    names = ["the rest"]
    for layer, heads in _attentions(graph.skeleton).items():
        for number, nodes in enumerate(heads):
            labels[nodes] = len(names)
            names.append(f"head {number + 1} before {layer}")
    return Split(labels=labels[graph.hidden], names=tuple(names))


def _fits(subject: Subject) -> Message | None:
    """Return why not: there are no heads."""
    if _attentions(trace_units(subject.network)):
        return None
    return Message("decompose.no_heads")


def _attentions(skeleton: UnitSkeleton) -> dict[str, list[NDArray[np.int64]]]:
    """Return, for each layer that reads heads, the nodes of each head."""
    first = {group.key: group.first for group in skeleton.groups}
    found: dict[str, list[NDArray[np.int64]]] = {}
    for layer in dict.fromkeys(link.target for link in skeleton.links if link.through_heads):
        links = [n for n in skeleton.links if n.target == layer and n.through_heads]
        heads, features = links[0].through_heads, max(int(n.features.max()) + 1 for n in links)
        of_head = [(first[n.source] + n.units, n.features * heads // features) for n in links]
        found[layer] = [
            np.unique(np.concatenate([nodes[head == h] for nodes, head in of_head]))
            for h in range(heads)
        ]
    return found


ATTENTION_HEADS = Partitioner(
    key="attention-heads",
    title="Attention heads",
    line="Queries, keys and values of one attention head are a module; all other units are one.",
    function=attention_heads,
    count="fixed",
    formula="head = ⌊feature · heads / features⌋",
    source="the architecture; Vaswani et al. 2017, arXiv:1706.03762",
    fits=_fits,
)
