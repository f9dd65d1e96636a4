"""partition: one method, one network; every hidden unit in one module, dead ones in none."""

import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption, Refused
from explain.core.methods import Partitioner
from explain.core.partition import ModuleCount, Partition, Structure
from explain.core.provenance import origin
from explain.core.resources import Progress, silent, span
from explain.core.subject import Subject
from explain.decompose.catalog import partitioner
from explain.decompose.contributions.shapley import EXACT
from explain.decompose.cutting import attach_ends
from explain.decompose.dead import dead_units
from explain.decompose.layered import estimate_count
from explain.decompose.split import Modules, Split, SplitRequest, by_size
from explain.decompose.unit_graph import UnitGraph, subgraph, weigh
from explain.decompose.units import trace_units

_NO_MODULES: Modules = MappingProxyType({})


def partition(
    subject: Subject,
    method: str = "layered-null",
    *,
    k: int | None = None,
    seed: int = 0,
    modules: Modules = _NO_MODULES,
    progress: Progress | None = None,
) -> Partition:
    """Split a network into modules: every hidden unit in exactly one, dead ones in none.

    Units are neurons and channels of linear and convolutional layers that do not give the
    network's answer. Inputs and outputs are in no module; each is told the module it is tied to
    most strongly. Where it looked for structure and found none, there is one module. Dead units
    (`dead_units`) leave the graph before anything is looked for, since death would pass for a tie;
    methods that follow the architecture or a person put them where these do.

    Args:
        subject: dense or pruned; nothing of it is touched, and any number of threads may call.
        method: key of a partition method in the catalog.
        k: the number of modules; None lets parallel analysis, the method or the architecture
            decide. A method may find fewer than asked for where units cannot be told apart.
        seed: of everything drawn at random.
        modules: for "manual": name -> layer -> indices of units.
        progress: called with the share done, 0..1; may raise to cancel.

    Cost: one pass of at most 512 samples, more for methods that need data; see the record.

    Raises:
        UnknownKey: no such method.
        InvalidOption: fewer than 1 module or more than units to put in; modules that overlap.
        Refused: the method does not fit the subject, or it has no hidden units, or all are dead.
        NonFinite: a weight or an activation is NaN or infinite.
        Whatever `progress` raises.
    """
    started = time.perf_counter()
    record = partitioner(method)
    reason = record.fits(subject)
    if reason is not None:
        raise Refused("decompose.unfit", title=record.title, reason=reason)
    whole = unit_graph_of(subject)
    dead = dead_units(whole)
    graph = whole if record.count == "fixed" else without_dead(whole, dead)
    _check_count(graph, k)
    tell = progress or silent
    estimate = None
    if k is None and record.count == "estimated":
        estimate = estimate_count(graph, seed=seed, progress=span(tell, 0.0, 0.9))
    wanted = SplitRequest(count=estimate.count if estimate else k, seed=seed, modules=modules)
    found = _split(record, graph, wanted)
    tell(1.0)
    labels, names = _in_order(graph, found)
    searched = k is None and record.count != "fixed"
    return partition_of_labels(
        whole,
        record.key,
        _spread(graph, labels),
        names,
        estimate,
        seed,
        started,
        dead=int(dead.sum()),
        searched=searched,
    )


def without_dead(whole: UnitGraph, dead: NDArray[np.bool_]) -> UnitGraph:
    """Return the graph without these hidden units [hidden units].

    Raises:
        Refused: all of them are dead.
    """
    if not dead.any():
        return whole
    if dead.all():
        raise Refused("decompose.all_dead")
    inside = np.ones(whole.skeleton.nodes, np.bool_)
    inside[whole.hidden] = ~dead
    return subgraph(whole, inside)


def _spread(graph: UnitGraph, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels of the graph's hidden units as those of the whole's, -1 where it has more."""
    if graph.whole is None or graph.inside is None:
        return labels
    found = np.full(len(graph.whole.hidden), -1, np.int64)
    found[graph.inside[graph.whole.hidden]] = labels
    return found


def unit_graph_of(subject: Subject) -> UnitGraph:
    """Return the units of a network and the strengths between them.

    Raises:
        Refused: the network has no hidden units.
        NonFinite: a weight is NaN or infinite.
    """
    return weigh(subject, trace_units(subject.network))


def _split(record: Partitioner, graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Ask the method, but where one module is wanted and the architecture has no say."""
    if wanted.count == 1 and record.count != "fixed":
        return Split(labels=np.zeros(len(graph.hidden), np.int64))
    found: Split = record.function(graph, wanted)
    return found


def _in_order(graph: UnitGraph, found: Split) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return labels without gaps and a name for each: own names in their order, else by size."""
    if found.names:
        used, labels = np.unique(found.labels, return_inverse=True)
        return labels.astype(np.int64), tuple(found.names[i] for i in used)
    labels = by_size(found.labels)
    labels = by_size(np.where(graph.degrees()[graph.hidden] == 0, 0, labels))
    return labels, tuple(f"module {i + 1}" for i in range(int(labels.max()) + 1))


def partition_of_labels(
    graph: UnitGraph,
    method: str,
    labels: NDArray[np.int64],
    names: tuple[str, ...],
    estimate: ModuleCount | None,
    seed: int,
    started: float,
    *,
    dead: int,
    searched: bool = False,
) -> Partition:
    """Return labels of hidden units as a partition; `searched`: their number was looked for."""
    nodes = attach_ends(graph, labels, len(names))
    return Partition(
        method=method,
        labels=graph.by_layer(labels),
        names=names,
        inputs=graph.by_layer(nodes, "input"),
        outputs=graph.by_layer(nodes, "output"),
        dead=dead,
        estimate=estimate,
        structure=Structure.NONE if searched and len(names) == 1 else Structure.MODULES,
        provenance=origin(graph.subject, started, seed=seed),
    )


def _check_count(graph: UnitGraph, k: int | None) -> None:
    units = len(graph.hidden)
    if k is not None and not 1 <= k <= units:
        raise InvalidOption("decompose.number_of_modules", units=units, k=k)


def modules_or_blocks(
    subject: Subject,
    method: str = "layered-null",
    *,
    k: int | None = None,
    seed: int = 0,
    modules: Modules = _NO_MODULES,
    progress: Progress | None = None,
) -> tuple[Partition, Partition]:
    """Return what a method found, and what to show: the same, or architecture blocks.

    Where a method that looks for structure finds a single module, blocks are shown in its place:
    residual blocks where there are any, else blocks by depth, neighbouring depths together where
    there are more than 10, so that contributions can be counted exactly. The second partition's
    `method` says which, its `structure` that nothing was found.

    Args: as `partition`. With `k` 1, for methods that follow the architecture or a person, and in
    a network of a single hidden layer both partitions are the same.

    Raises:
        Everything that `partition` raises.
    """
    found = partition(subject, method, k=k, seed=seed, modules=modules, progress=progress)
    if found.count > 1 or k == 1 or partitioner(method).count == "fixed":
        return found, found
    blocks = _blocks(subject)
    if blocks.count == 1:
        return found, found
    return found, replace(blocks, structure=Structure.BLOCKS, estimate=found.estimate)


def _blocks(subject: Subject) -> Partition:
    if partitioner("residual-blocks").fits(subject) is None:
        found = partition(subject, "residual-blocks")
        if 1 < found.count <= EXACT:
            return found
    found = partition(subject, "depth-blocks")
    return found if found.count <= EXACT else partition(subject, "depth-blocks", k=EXACT)
