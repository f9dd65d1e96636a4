"""A part of a graph of units."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from explain.decompose.unit_graph import StrengthBlock, UnitGraph
from explain.decompose.units import Group


def subgraph(graph: UnitGraph, nodes: NDArray[np.bool_]) -> UnitGraph:
    """Return the graph of these nodes alone, in the same order; empty groups are left out."""
    inside = {group.key: np.flatnonzero(nodes[group.nodes]) for group in graph.skeleton.groups}
    groups: dict[str, Group] = {}
    first = 0
    for group in graph.skeleton.groups:
        units = len(inside[group.key])
        if units:
            groups[group.key] = replace(group, first=first, units=units)
            first += units
    blocks = tuple(
        _part(block, groups, inside)
        for block in graph.blocks
        if block.source.key in groups and block.target.key in groups
    )
    skeleton = replace(graph.skeleton, groups=tuple(groups.values()), links=())
    return UnitGraph(subject=graph.subject, skeleton=skeleton, blocks=blocks)


def _part(
    block: StrengthBlock, groups: dict[str, Group], inside: dict[str, NDArray[np.int64]]
) -> StrengthBlock:
    rows = torch.from_numpy(inside[block.target.key])
    columns = torch.from_numpy(inside[block.source.key])
    return replace(
        block,
        source=groups[block.source.key],
        target=groups[block.target.key],
        strength=block.strength[rows][:, columns],
    )
