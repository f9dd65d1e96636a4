"""Merge, split, carve out: a partition changed by one step."""

import time

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption
from explain.core.partition import Partition, UnitLabels
from explain.core.subject import Subject
from explain.decompose.cutting import closest_pair, merge_labels, split_in_two
from explain.decompose.partitioners.manual import MANUAL
from explain.decompose.partitioners.manual import manual_modules as manual
from explain.decompose.partitioning import partition_of_labels, unit_graph_of
from explain.decompose.split import SplitRequest
from explain.decompose.unit_graph import UnitGraph


def merge_modules(
    subject: Subject, parts: Partition, pair: tuple[int, int] | None = None
) -> Partition:
    """Return the partition with two modules made one, under the names of both.

    `pair`: which two; None takes the pair whose merging lowers the n-cut most.

    Raises:
        InvalidOption: there is only one module, or no such pair.
    """
    graph = unit_graph_of(subject)
    labels = graph.flat(parts.labels)
    if parts.count < 2:
        raise InvalidOption("decompose.nothing_to_merge")
    low, high = sorted(closest_pair(graph, labels) if pair is None else pair)
    if low == high or low < 0 or high >= parts.count:
        raise InvalidOption("decompose.not_mergeable", low=low, high=high, last=parts.count - 1)
    names = list(parts.names)
    names[low] = f"{names[low]} + {names.pop(high)}"
    return _with(graph, parts, merge_labels(labels, low, high), tuple(names))


def split_module(subject: Subject, parts: Partition, module: int) -> Partition:
    """Return the partition with one module split along its second eigenvector.

    The second half becomes the last module. Names are the old one with "a" and "b".

    Raises:
        InvalidOption: there is no such module, or it is a single unit.
    """
    if not 0 <= module < parts.count:
        raise InvalidOption("decompose.no_module", module=module, last=parts.count - 1)
    if parts.sizes[module] < 2:
        raise InvalidOption("decompose.single_unit", name=parts.names[module])
    graph = unit_graph_of(subject)
    labels = split_in_two(graph, graph.flat(parts.labels), module)
    names = [*parts.names, f"{parts.names[module]}b"]
    names[module] = f"{parts.names[module]}a"
    return _with(graph, parts, labels, tuple(names))


def carve_module(subject: Subject, parts: Partition, name: str, units: UnitLabels) -> Partition:
    """Return the partition with some units taken out of their modules and made one of their own.

    The new module comes last; a module that is left without units is gone.

    `name`: of the new module. `units`: layer -> indices of its units.

    Raises:
        InvalidOption: no name, one that is taken, no units, or no such unit.
        UnknownKey: no such hidden layer.
    """
    graph = unit_graph_of(subject)
    if not name.strip() or name in parts.names:
        raise InvalidOption("decompose.taken_name", name=name)
    alone = manual(graph, SplitRequest(count=None, seed=0, modules={name: units}))
    labels = np.where(alone.labels == 0, parts.count, graph.flat(parts.labels))
    used = np.unique(labels[labels >= 0])
    labels = np.where(labels < 0, -1, np.searchsorted(used, labels))
    names = (*parts.names, name)
    return _with(graph, parts, labels.astype(np.int64), tuple(names[at] for at in used))


def _with(
    graph: UnitGraph, parts: Partition, labels: NDArray[np.int64], names: tuple[str, ...]
) -> Partition:
    """Return a partition of these labels that a person made out of another."""
    return partition_of_labels(
        graph,
        MANUAL.key,
        labels,
        names,
        None,
        parts.provenance.seed,
        time.perf_counter(),
        dead=parts.dead,
    )
