"""Residual blocks: the layers that one skip connection goes past."""

from collections.abc import Mapping

import numpy as np

from explain.core.messages import Message
from explain.core.methods import Partitioner
from explain.core.subject import Subject
from explain.decompose.split import Split, SplitRequest, span_name
from explain.decompose.unit_graph import UnitGraph
from explain.decompose.units import UnitSkeleton, trace_units

Feeding = Mapping[str, set[str]]
"""Layer -> the layers, inputs included, that feed it."""


def residual_blocks(graph: UnitGraph, _wanted: SplitRequest) -> Split:
    """Make a module of every residual block and of each layer outside of all blocks."""
    modules = _modules(graph.skeleton)
    place = {layer: number for number, layers in enumerate(modules) for layer in layers}
    labels = [np.full(g.units, place[g.key], np.int64) for g in graph.hidden_layers]
    return Split(labels=np.concatenate(labels), names=tuple(map(span_name, modules)))


def _fits(subject: Subject) -> Message | None:
    """Return why not: nothing goes past a layer."""
    if any(len(layers) > 1 for layers in _modules(trace_units(subject.network))):
        return None
    return Message("decompose.no_residuals")


def _modules(skeleton: UnitSkeleton) -> list[list[str]]:
    """Return the hidden layers of each block, blocks that overlap as one, in execution order."""
    order = [group.key for group in skeleton.with_role("hidden")]
    owner = {layer: layer for layer in order}
    for block in _blocks(skeleton):
        owners = {owner[layer] for layer in block if layer in owner}
        if owners:
            first = min(owners, key=order.index)
            owner = {k: first if v in owners else v for k, v in owner.items()}
    return [[k for k in order if owner[k] == first] for first in dict.fromkeys(owner.values())]


def _blocks(skeleton: UnitSkeleton) -> list[set[str]]:
    """Return for each layer that ends a block the layers since its nearest partner in the sum."""
    feeding = _feeding(skeleton)
    before = _ancestors(feeding)
    found = []
    for partners in _sums(skeleton):
        for last in partners - {min(partners, key=lambda n: len(before.get(n, ())))}:
            earlier = [n for n in partners if n in before.get(last, ())]
            beside = [n for n in partners if n != last and last not in before.get(n, ())]
            if earlier:
                start = max(earlier, key=lambda n: len(before.get(n, ())))
                found.append(_since(start, last, before))
            elif beside:
                found.append(_beside(beside[0], last, feeding, before))
    return found


def _sums(skeleton: UnitSkeleton) -> list[set[str]]:
    """Return the sets of layers whose units one feature of a layer adds up."""
    found = []
    for target in skeleton.layers:
        into = [link for link in skeleton.links if link.target == target and link.share == 1]
        sources: dict[int, set[str]] = {}
        for link in into:
            for feature in link.features:
                sources.setdefault(int(feature), set()).add(link.source)
        found += [names for names in sources.values() if len(names) > 1]
    return [set(names) for names in {frozenset(names) for names in found}]


def _feeding(skeleton: UnitSkeleton) -> Feeding:
    found: dict[str, set[str]] = {layer: set() for layer in skeleton.layers}
    for link in skeleton.links:
        found[link.target].add(link.source)
    return found


def _ancestors(feeding: Feeding) -> Feeding:
    """Return all layers upstream of each; `feeding` is in execution order."""
    found: dict[str, set[str]] = {}
    for layer, sources in feeding.items():
        found[layer] = sources.union(*(found.get(source, set()) for source in sources))
    return found


def _since(start: str, last: str, before: Feeding) -> set[str]:
    """Return the layers between two, the last one among them."""
    return {last} | {n for n in before[last] if start in before.get(n, ())}


def _beside(shortcut: str, last: str, feeding: Feeding, before: Feeding) -> set[str]:
    """Return the layers from where a layer in the shortcut starts, that layer among them."""
    starts = feeding.get(shortcut, set())
    inner = {n for n in before.get(last, ()) if starts & before.get(n, set())}
    return {shortcut, last} | inner


RESIDUAL_BLOCKS = Partitioner(
    key="residual-blocks",
    title="Residual blocks",
    line="The layers that one skip connection goes past are a module, every other layer its own.",
    function=residual_blocks,
    count="fixed",
    formula="layers between two summands of one residual sum",
    source="the architecture; He et al. 2016, arXiv:1512.03385",
    fits=_fits,
)
