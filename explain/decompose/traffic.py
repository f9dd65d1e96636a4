"""What modules would send each other for one sample, if each ran on a device of its own."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from explain.decompose.unit_graph import StrengthBlock, UnitGraph

_BYTES = 4


def traffic(graph: UnitGraph, labels: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the bytes [from, to] that modules send for one sample; the diagonal is 0.

    A hidden unit sends its float32 values once to every other module in which some unit of a layer
    reads it by a weight that is not 0, once for each such layer: one value for each position of a
    convolution's input or of a token, for each position behind a flattening. Values that are
    summed up on the way (a residual sum) are sent by each summand. `labels` [hidden units], -1 for
    a unit in no module, which neither sends nor receives here.
    """
    nodes = np.full(graph.skeleton.nodes, -1, np.int64)
    nodes[graph.hidden] = labels
    found = np.zeros((count, count), np.int64)
    for block in graph.blocks:
        if block.source.role == block.target.role == "hidden":
            found += _of_block(block, nodes, count, graph.skeleton.positions)
    np.fill_diagonal(found, 0)
    return found


def _of_block(
    block: StrengthBlock, nodes: NDArray[np.int64], count: int, positions: Mapping[str, int]
) -> NDArray[np.int64]:
    senders, receivers = nodes[block.source.nodes], nodes[block.target.nodes]
    one_hot = torch.nn.functional.one_hot(torch.from_numpy(receivers + 1), count + 1)[:, 1:].float()
    reads = ((block.strength > 0).float().T @ one_hot > 0).numpy()
    features = np.bincount(block.link.units, minlength=block.source.units)
    if block.link.share != 1:
        features = np.minimum(features, 1)
    values = features * positions[block.target.key]
    found = np.zeros((count, count), np.int64)
    inside = senders >= 0
    np.add.at(found, senders[inside], (reads * values[:, None] * _BYTES)[inside])
    return found
