"""Dead units: those that say nothing of the input, so that no module can claim them."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.subject import no_rows
from explain.decompose.unit_graph import UnitGraph
from explain.network import activation_after, unit_axis

_ROWS = 512
_BATCH = 64


def dead_units(graph: UnitGraph) -> NDArray[np.bool_]:
    """Return which hidden units no weight leads into, or are never active [hidden units].

    Never active: exactly 0 after the activation function, at every position of the first 512
    calibration samples, held-out ones where there are none. Without data only weights tell.
    Cost: one forward pass of these samples by a private copy.
    """
    network = graph.subject.network
    layers = [group.key for group in graph.hidden_layers]
    weights = [network.get_parameter(f"{layer}.weight").detach() for layer in layers]
    silent = torch.cat([~weight.flatten(1).any(1) for weight in weights])
    return np.asarray((silent | ~_ever_active(graph, layers)).numpy())


def _ever_active(graph: UnitGraph, layers: list[str]) -> Tensor:
    """Return which units are not 0 somewhere [hidden units]; all where there are no data."""
    network = graph.subject.network.sharing_copy()
    samples = graph.subject.calibration or graph.subject.samples
    units = {group.key: group.units for group in graph.hidden_layers}
    if no_rows(samples) is not None:
        return torch.ones(sum(units.values()), dtype=torch.bool)
    seen = {layer: torch.zeros(units[layer], dtype=torch.bool) for layer in layers}
    after = activation_after(network)
    for layer in layers:
        axis = unit_axis(network.get_submodule(layer))
        network.get_submodule(after[layer]).register_forward_hook(_hook(seen[layer], axis))
    rows = min(_ROWS, samples.count)
    with torch.no_grad():
        for at in range(0, rows, _BATCH):
            network(*samples.take(np.arange(at, min(at + _BATCH, rows))).inputs)
    return torch.cat([seen[layer] for layer in layers])


def _hook(seen: Tensor, axis: int) -> Callable[[nn.Module, object, Tensor], None]:
    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        seen.logical_or_((output != 0).movedim(axis, 0).flatten(1).any(1))

    return hook
