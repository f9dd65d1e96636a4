"""Blocks by depth: each hidden layer a module, or neighbouring layers together."""

import numpy as np

from explain.core.methods import Partitioner
from explain.decompose.split import Split, SplitRequest, span_name
from explain.decompose.unit_graph import UnitGraph
from explain.decompose.units import Group
from explain.network import columns


def depth_blocks(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Put layers of one depth together; where fewer modules are wanted, depths in runs."""
    depth = columns(graph.subject.network)
    depths = sorted({depth[group.key] for group in graph.hidden_layers})
    count = min(wanted.count or len(depths), len(depths))
    module = {d: place * count // len(depths) for place, d in enumerate(depths)}
    members: list[list[Group]] = [[] for _ in range(count)]
    for group in graph.hidden_layers:
        members[module[depth[group.key]]].append(group)
    labels = [np.full(g.units, module[depth[g.key]], np.int64) for g in graph.hidden_layers]
    names = tuple(span_name([group.key for group in own]) for own in members)
    return Split(labels=np.concatenate(labels), names=names)


DEPTH_BLOCKS = Partitioner(
    key="depth-blocks",
    title="Architecture blocks by depth",
    line="Each hidden layer is a module; with fewer modules, neighbouring layers go together.",
    function=depth_blocks,
    count="fixed",
    formula="module = ⌊depth · k / depths⌋",
    source="the architecture",
)
