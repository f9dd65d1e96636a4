"""How many modules there are: parallel analysis against networks without any."""

from dataclasses import replace

import numpy as np

from explain.core.partition import ModuleCount
from explain.core.progress import Progress, counted
from explain.core.subject import Subject
from explain.decompose.layered import largest_eigenvalue, layered_spectrum
from explain.decompose.row_null import row_permuted
from explain.decompose.unit_graph import UnitGraph, weigh

NULL_NETWORKS = 20
MOST_MODULES = 12


def estimate_count(
    graph: UnitGraph, *, seed: int = 0, progress: Progress | None = None
) -> ModuleCount:
    """Return the number of modules: 1 + eigenvalues above the largest of 20 null networks.

    Both from the layered-null matrix; a null network is the same network with the weights of each
    unit permuted within its row. 1 means that there are no modules; at most 12 are looked for.
    With 20 null networks a network of their kind gets more than one module about once in 21 times.
    Cost: no pass; 20 leading eigenvalues. Source: Horn 1965, parallel analysis for the number of
    components, here with permuted weights in place of random data and their maximum as the bar.
    """
    random = np.random.default_rng(seed)
    values = layered_spectrum(graph, MOST_MODULES - 1, seed=seed).values.numpy()
    bars = []
    for _ in counted(range(NULL_NETWORKS), progress):
        null = without_structure(graph, random)
        bars.append(largest_eigenvalue(null, seed=seed))
    above = int((values > max(bars)).sum())
    return ModuleCount(count=1 + above, eigenvalues=values, null_largest=np.array(bars))


def without_structure(graph: UnitGraph, random: np.random.Generator) -> UnitGraph:
    """Return the graph of a network whose units' weights are permuted within their row."""
    subject = _permuted(graph.subject, graph.skeleton.layers, random)
    return weigh(subject, graph.skeleton)


def _permuted(subject: Subject, layers: tuple[str, ...], random: np.random.Generator) -> Subject:
    weights = row_permuted(subject.network, layers, random)
    return replace(subject, network=subject.network.with_parameters(weights))
