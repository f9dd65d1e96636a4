"""UnitGraph: the absolute weights of a network as blocks; parts of it; the same for networkx."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import NonFinite
from explain.core.messages import Message
from explain.core.network import Network
from explain.core.partition import UnitLabels
from explain.core.subject import Subject
from explain.decompose.heads import Link
from explain.decompose.units import Group, UnitSkeleton

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthBlock:
    """Strengths [target units, source units] >= 0 between two groups, float32."""

    source: Group
    target: Group
    link: Link
    strength: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitGraph:
    """A network seen as units and the strengths between them: what partitioners work on.

    `whole`: the graph that this one is a part of, None for that of a network; `inside` [nodes of
    the whole]: which of its nodes are here.
    """

    subject: Subject
    skeleton: UnitSkeleton
    blocks: tuple[StrengthBlock, ...]
    whole: "UnitGraph | None" = None
    inside: NDArray[np.bool_] | None = None

    @property
    def hidden(self) -> NDArray[np.int64]:
        """Return the nodes of hidden units, in order."""
        groups = self.skeleton.with_role("hidden")
        return np.concatenate([np.arange(g.first, g.first + g.units) for g in groups])

    @property
    def hidden_layers(self) -> tuple[Group, ...]:
        """Return the groups of hidden units."""
        return self.skeleton.with_role("hidden")

    def by_layer(self, labels: NDArray[np.int64], role: str = "hidden") -> UnitLabels:
        """Return labels of all nodes, or of hidden units alone, layer by layer."""
        groups = self.skeleton.with_role(role)
        if len(labels) == self.skeleton.nodes:
            return {g.key: labels[g.nodes] for g in groups}
        ends = np.cumsum([g.units for g in groups])
        return dict(zip((g.key for g in groups), np.split(labels, ends[:-1]), strict=True))

    def flat(self, labels: UnitLabels) -> NDArray[np.int64]:
        """Return the labels of hidden units as one array."""
        return np.concatenate([np.asarray(labels[g.key], np.int64) for g in self.hidden_layers])

    def degrees(self) -> NDArray[np.float64]:
        """Return the summed strength of all edges of each node."""
        found = np.zeros(self.skeleton.nodes)
        for block in self.blocks:
            found[block.target.nodes] += block.strength.sum(1, dtype=torch.float64).numpy()
            found[block.source.nodes] += block.strength.sum(0, dtype=torch.float64).numpy()
        return found


def weigh(subject: Subject, skeleton: UnitSkeleton) -> UnitGraph:
    """Return the graph of a network.

    An edge is as strong as the L1 norm of all weights between its two units: one weight in a
    linear layer, a kernel in a convolution, all positions of a channel behind a flattening.

    Raises:
        NonFinite: a weight is NaN or infinite.
    """
    cells = {layer: kernel_norms(subject.network, layer) for layer in skeleton.layers}
    return graph_of_cells(subject, skeleton, cells)


def graph_of_cells(
    subject: Subject, skeleton: UnitSkeleton, cells: Mapping[str, Tensor]
) -> UnitGraph:
    """Return the graph of a network with these kernels' norms: layer -> [rows, features]."""
    groups = {group.key: group for group in skeleton.groups}
    blocks = [
        StrengthBlock(
            source=groups[link.source],
            target=groups[link.target],
            link=link,
            strength=_strength(cells[link.target], link, groups[link.source].units),
        )
        for link in skeleton.links
    ]
    return UnitGraph(subject=subject, skeleton=skeleton, blocks=tuple(blocks))


def kernel_norms(network: Network, layer: str) -> Tensor:
    """Return the L1 norm of each kernel [rows, features]; groups read only their own features.

    Raises:
        NonFinite: a weight is NaN or infinite.
    """
    cells = network.get_parameter(f"{layer}.weight").detach().float().abs()
    cells = cells.flatten(2).sum(2) if cells.dim() > 2 else cells
    if not bool(torch.isfinite(cells.sum())):
        raise NonFinite.inside("weight", f"{layer}.weight")
    groups = int(getattr(network.get_submodule(layer), "groups", 1))
    if groups == 1:
        return cells
    apart: Tensor = torch.block_diag(*cells.chunk(groups))  # type: ignore[no-untyped-call]
    return apart


def _strength(cells: Tensor, link: Link, units: int) -> Tensor:
    if _is_identity(link, cells.shape[1], units):
        return cells * link.share if link.share != 1 else cells
    read = cells[:, torch.from_numpy(link.features)]
    found = torch.zeros(len(cells), units)
    found.index_add_(1, torch.from_numpy(link.units), read)
    return found * link.share


def _is_identity(link: Link, features: int, units: int) -> bool:
    everything = np.arange(features)
    return (
        units == features == len(link.units)
        and np.array_equal(link.units, everything)
        and np.array_equal(link.features, everything)
    )


def subgraph(graph: UnitGraph, nodes: NDArray[np.bool_]) -> UnitGraph:
    """Return the graph of these nodes alone, in the same order; empty groups are left out.

    `nodes` [nodes of the graph].
    """
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
    return UnitGraph(
        subject=graph.subject, skeleton=skeleton, blocks=blocks, whole=graph, inside=nodes
    )


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


MOST_EDGES = 60_000


def as_networkx(graph: UnitGraph) -> "nx.Graph":
    """Return all nodes, and an edge with its summed strength for each pair that is joined."""
    import networkx as nx

    found = nx.Graph()
    found.add_nodes_from(range(graph.skeleton.nodes))
    for block in graph.blocks:
        rows, columns = (i.numpy() for i in block.strength.nonzero(as_tuple=True))
        for row, column in zip(rows, columns, strict=True):
            one, other = int(block.target.first + row), int(block.source.first + column)
            before = found.get_edge_data(one, other, {"weight": 0.0})["weight"]
            found.add_edge(one, other, weight=before + float(block.strength[row, column]))
    return found


def communities_to_labels(
    graph: UnitGraph, communities: Iterable[Collection[int]]
) -> NDArray[np.int64]:
    """Return the labels of hidden units from sets of nodes; sets without any leave no label."""
    labels = np.zeros(graph.skeleton.nodes, np.int64)
    for number, nodes in enumerate(communities):
        labels[list(nodes)] = number
    found = np.unique(labels[graph.hidden], return_inverse=True)[1]
    return np.asarray(found, np.int64)


def too_large(subject: Subject) -> Message | None:
    """Return why the network is too large for algorithms in plain Python."""
    weights = sum(
        int(subject.network.get_parameter(name).count_nonzero())
        for name in subject.network.prunable
    )
    if weights <= MOST_EDGES:
        return None
    return Message("decompose.too_large", weights=weights, most=MOST_EDGES)
