"""What hidden units answer to the samples."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.errors import NonFinite
from explain.core.network import Network
from explain.core.subject import Samples, need_rows
from explain.decompose.unit_graph import UnitGraph
from explain.network import activation_after, unit_axis
from explain.network.layout import RowAxis, row_axis, rows_first

_ROWS = 512
_BATCH = 64


def unit_activations(graph: UnitGraph) -> Tensor:
    """Return the mean over positions of every hidden unit's activation [samples, units], float64.

    Taken after the activation function, on the first 512 calibration samples, or held-out ones
    where there are none; a private copy runs once.

    Raises:
        NonFinite: an activation is NaN or infinite.
        Refused: there are no data.
    """
    subject = graph.subject
    network = subject.network.sharing_copy()
    samples = subject.calibration or subject.samples
    need_rows(samples)
    rows = min(_ROWS, samples.count)
    taps = _taps(graph, samples)
    found = {tap.layer: _listen(network, tap) for tap in taps}
    with torch.no_grad():
        for at in range(0, rows, _BATCH):
            network(*samples.take(np.arange(at, min(at + _BATCH, rows))).inputs)
    values = torch.cat([_means(tap, found[tap.layer], rows) for tap in taps], dim=1)
    if not bool(torch.isfinite(values).all()):
        raise NonFinite.inside("activation", "")
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tap:
    """Where a layer's answers are heard: a module, how it holds the rows, the axis of units.

    The axis is counted from the end.
    """

    layer: str
    module: str
    rows: RowAxis | None
    axis: int


def _taps(graph: UnitGraph, samples: Samples) -> list[_Tap]:
    network = graph.subject.network
    after = activation_after(network)
    return [
        _Tap(
            layer=group.key,
            module=after[group.key],
            rows=row_axis(network, samples, after[group.key]),
            axis=unit_axis(network.get_submodule(group.key)),
        )
        for group in graph.hidden_layers
    ]


def _listen(network: Network, tap: _Tap) -> list[Tensor]:
    """Return a list that fills with the outputs of a module, batch by batch."""
    heard: list[Tensor] = []
    network.get_submodule(tap.module).register_forward_hook(_hook(heard.append))
    return heard


def _means(tap: _Tap, heard: list[Tensor], rows: int) -> Tensor:
    """Return the mean over positions [rows, units]."""
    parts = [
        rows_first(output, tap.rows, min(_BATCH, rows - at)).movedim(tap.axis, 1)
        for at, output in zip(range(0, rows, _BATCH), heard, strict=True)
    ]
    return torch.cat([part.double().reshape(*part.shape[:2], -1).mean(2) for part in parts])


def _hook(hear: Callable[[Tensor], None]) -> Callable[[nn.Module, object, Tensor], None]:
    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        hear(output)

    return hook
