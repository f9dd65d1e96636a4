"""Convolution groups: channels that a grouped convolution keeps apart."""

from math import gcd

import numpy as np

from explain.core.messages import Message
from explain.core.methods import Partitioner
from explain.core.subject import Subject
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph
from explain.network import prunable_layers


def convolution_groups(graph: UnitGraph, _wanted: SplitRequest) -> Split:
    """Make a module of each group, and one of all units outside of grouped convolutions."""
    layers = _grouped(graph.subject)
    count = gcd(*layers.values())
    labels = [
        1 + np.arange(g.units) * count // g.units if g.key in layers else np.zeros(g.units, int)
        for g in graph.hidden_layers
    ]
    names = ("the rest", *(f"group {i + 1}" for i in range(count)))
    return Split(labels=np.concatenate(labels).astype(np.int64), names=names)


def _fits(subject: Subject) -> Message | None:
    """Return why not: no groups, or none in common."""
    layers = _grouped(subject)
    if not layers:
        return Message("decompose.no_groups")
    if gcd(*layers.values()) == 1:
        return Message("decompose.no_common_groups")
    return None


def _grouped(subject: Subject) -> dict[str, int]:
    """Return the number of groups of each grouped convolution."""
    network = subject.network
    groups = {
        name: int(getattr(network.get_submodule(name), "groups", 1))
        for name in prunable_layers(network)
    }
    return {name: count for name, count in groups.items() if count > 1}


CONVOLUTION_GROUPS = Partitioner(
    key="convolution-groups",
    title="Convolution groups",
    line="Channels that a grouped convolution keeps apart are modules; all other units are one.",
    function=convolution_groups,
    count="fixed",
    formula="module = ⌊channel · groups / channels⌋",
    source="the architecture; Krizhevsky et al. 2012",
    differs="Layers with different numbers of groups share their greatest common divisor.",
    fits=_fits,
)
