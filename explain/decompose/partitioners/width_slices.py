"""Width slices: every hidden layer cut into equal runs of neighbouring units."""

import numpy as np

from explain.core.methods import Partitioner
from explain.decompose.split import Split, SplitRequest
from explain.decompose.unit_graph import UnitGraph

_SLICES = 4


def width_slices(graph: UnitGraph, wanted: SplitRequest) -> Split:
    """Cut each hidden layer into as many runs as wanted, 4 by default."""
    count = wanted.count or _SLICES
    widths = [group.units for group in graph.hidden_layers]
    labels = np.concatenate([np.arange(width) * count // width for width in widths])
    return Split(labels=labels, names=tuple(f"slice {i + 1}" for i in range(count)))


WIDTH_SLICES = Partitioner(
    key="width-slices",
    title="Slices of the width",
    line="Cuts every hidden layer into equal runs of neighbouring units; a control for the others.",
    function=width_slices,
    count="fixed",
    formula="module = ⌊unit · k / units of the layer⌋",
    source="control: units stand in no order, so slices have no meaning of their own",
)
