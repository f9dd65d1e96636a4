"""Manual: modules that a person selected and named."""

import numpy as np

from explain.core.errors import InvalidOption, UnknownKey
from explain.core.methods import Partitioner
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph
from explain.decompose.units import Group


def manual_modules(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Take the named modules; units that nobody selected make one more, called the rest.

    Raises:
        InvalidOption: no modules were given, one is empty, or a unit is missing or taken twice.
        UnknownKey: there is no hidden layer of that name.
    """
    if not wanted.modules:
        raise InvalidOption("decompose.no_modules")
    groups = {group.key: group for group in graph.hidden_layers}
    labels = np.full(graph.skeleton.nodes, -1, np.int64)
    for number, (name, units) in enumerate(wanted.modules.items()):
        nodes = np.concatenate(
            [np.zeros(0, np.int64)] + [_nodes(groups, layer, units[layer]) for layer in units]
        )
        _check(name, nodes, labels)
        labels[nodes] = number
    labels = labels[graph.hidden]
    names = tuple(wanted.modules)
    if (labels < 0).any():
        names = (*names, "the rest")
    return Split(labels=np.where(labels < 0, len(names) - 1, labels), names=names)


def _nodes(
    groups: dict[str, Group], layer: str, units: object
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    if layer not in groups:
        raise UnknownKey.among("hidden layer", layer, groups)
    found = np.asarray(units, np.int64).reshape(-1)
    wrong = found[(found < 0) | (found >= groups[layer].units)]
    if len(wrong):
        last = groups[layer].units - 1
        raise InvalidOption("decompose.no_unit", layer=layer, unit=int(wrong[0]), last=last)
    return groups[layer].first + found


def _check(
    name: str,
    nodes: "np.ndarray[tuple[int], np.dtype[np.int64]]",
    labels: "np.ndarray[tuple[int], np.dtype[np.int64]]",
) -> None:
    if not len(nodes):
        raise InvalidOption("decompose.empty_module", name=name)
    if (labels[nodes] >= 0).any() or len(np.unique(nodes)) < len(nodes):
        raise InvalidOption("decompose.selected_twice", name=name)


MANUAL = Partitioner(
    key="manual",
    title="By hand",
    line="The modules that you selected and named; all other units are one more.",
    function=manual_modules,
    count="fixed",
    formula="as given",
    source="you",
)
