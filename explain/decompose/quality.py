"""What a split is worth beside networks without structure; how far two splits agree."""

import time
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption
from explain.core.intervals import Measurement
from explain.core.messages import Message
from explain.core.methods import Partitioner
from explain.core.partition import Partition, PartitionQuality
from explain.core.provenance import origin
from explain.core.resources import Progress, counted, silent, span
from explain.core.subject import Subject
from explain.decompose.catalog import partitioner
from explain.decompose.cutting import attach_ends, cut_matrix, cut_share, modularity, n_cut
from explain.decompose.null import NullNetworks
from explain.decompose.partitioning import unit_graph_of, without_dead
from explain.decompose.split import SplitRequest, by_size
from explain.decompose.traffic import traffic
from explain.decompose.unit_graph import UnitGraph


def adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index: 1 the same split, 0 what chance would give, below 0 less.

    Two splits that both leave everything in one group agree fully.
    Source: Hubert and Arabie 1985, "Comparing partitions", equation 5.
    """
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)
    together = _pairs(table).sum()
    rows, columns = _pairs(table.sum(1)).sum(), _pairs(table.sum(0)).sum()
    expected = rows * columns / max(1.0, float(_pairs(np.array([len(one)])).sum()))
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.asarray(counts, np.float64) * (np.asarray(counts, np.float64) - 1) / 2


NULL_NETWORKS = 50
_SEEDS = 5

Labels = NDArray[np.int64]


def partition_quality(
    subject: Subject,
    parts: Partition,
    *,
    nulls: int = NULL_NETWORKS,
    seed: int = 0,
    progress: Progress | None = None,
) -> PartitionQuality:
    """Measure a split, and the splits of null networks (`NullNetworks`).

    Every null network is split by the same method into as many modules, so that a method that
    always finds something has no advantage; a split that the architecture or a person made stays
    as it is. Compared by rank and by ratio, never by a z-score, which explodes where all null
    networks are cut alike. Modularity stands beside its null mean, for it rises by pruning alone.

    `nulls`: how many null networks; 50 let the p-value reach 0.02. `seed`: of these, and of the
    seeds that stability is measured over.

    Cost: the method runs once for each null network and four times more.

    Raises:
        InvalidOption: no null network, or modules of another network.
        Whatever `progress` raises.
    """
    started = time.perf_counter()
    whole, record = unit_graph_of(subject), partitioner(parts.method)
    _check(whole, parts, nulls)
    tell = progress or silent
    everything, count = whole.flat(parts.labels), parts.count
    graph, labels = without_dead(whole, everything < 0), everything[everything >= 0]
    cuts = cut_matrix(graph, attach_ends(graph, labels, count), count)
    own = n_cut(cuts)
    cuts_of_nulls = _nulls(record, graph, labels, count, nulls, seed, span(tell, 0.0, 0.9))
    null_n_cuts = np.array([n_cut(each) for each in cuts_of_nulls])
    stability = _stability(record, graph, labels, count, parts.provenance.seed)
    flows = traffic(whole, everything, count)
    tell(1.0)
    return PartitionQuality(
        cut=cut_share(cuts),
        modularity=modularity(cuts),
        n_cut=own,
        effect=_effect(own, null_n_cuts),
        p_value=_p_value(own, null_n_cuts),
        null_n_cuts=null_n_cuts,
        null_modularities=np.array([modularity(each) for each in cuts_of_nulls]),
        stability=stability,
        traffic=int(flows.sum()),
        flows=flows,
        provenance=origin(subject, started, seed=seed),
    )


def _check(graph: UnitGraph, parts: Partition, nulls: int) -> None:
    sizes = {group.key: group.units for group in graph.hidden_layers}
    if sizes != {layer: len(labels) for layer, labels in parts.labels.items()}:
        raise InvalidOption("decompose.other_network")
    if nulls < 1:
        raise InvalidOption("decompose.too_few_nulls", nulls=nulls)


def _nulls(
    record: Partitioner,
    graph: UnitGraph,
    labels: Labels,
    count: int,
    nulls: int,
    seed: int,
    tell: Progress,
) -> list[NDArray[np.float64]]:
    """Return the cut matrix of every null network after the same method split it."""
    networks = NullNetworks(graph, [seed, 1])
    found = []
    for place in counted(range(nulls), tell):
        null = networks.draw()
        own = _again(record, null, labels, count, seed + place)
        found.append(cut_matrix(null, attach_ends(null, own, count), count))
    return found


def _again(record: Partitioner, graph: UnitGraph, labels: Labels, count: int, seed: int) -> Labels:
    """Return the method's labels for a graph; the given ones where it has no choice."""
    if record.count == "fixed" or count == 1:
        return labels
    found = record.function(graph, SplitRequest(count=count, seed=seed))
    return by_size(found.labels)


def _effect(own: float, nulls: NDArray[np.float64]) -> float:
    mean = float(nulls.mean())
    return own / mean if mean > 0 else 1.0


def _p_value(own: float, nulls: NDArray[np.float64]) -> float:
    return (1 + int((nulls <= own + 1e-9).sum())) / (1 + len(nulls))


def _stability(
    record: Partitioner, graph: UnitGraph, labels: Labels, count: int, seed: int
) -> Measurement:
    """Return the mean adjusted Rand index of the split with those of other seeds."""
    others = [_again(record, graph, labels, count, seed + 1 + i) for i in range(_SEEDS - 1)]
    found = [adjusted_rand(one, other) for one, other in combinations([labels, *others], 2)]
    return Measurement(
        key="stability",
        value=float(np.mean(found)),
        unit="adjusted Rand index",
        n=_SEEDS,
        how=Message("how.stability", seeds=_SEEDS, smallest=min(found)),
    )
