"""Runs of the calibration samples through a private copy, and what units put out there."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.scores import Site
from explain.core.subject import Samples, Subject
from explain.network import activation_after, unit_axis

_BATCH = 256

Observer = Callable[[nn.Module, Tensor, Tensor], None]


def batches(subject: Subject) -> tuple[Samples, ...]:
    """Return the calibration samples in batches of at most 256.

    Raises:
        Refused: the subject has no calibration samples.
    """
    rows = subject.calibration
    if rows is None:
        raise Refused("pruning.no_calibration")
    starts = range(0, rows.count, _BATCH)
    return tuple(rows.take(np.arange(at, min(at + _BATCH, rows.count))) for at in starts)


def record(subject: Subject, observers: Mapping[str, Observer]) -> None:
    """Run the calibration samples once; each observer sees its module's first input and output.

    The hooks live on a private copy of the network, which is dropped afterwards.
    """
    network = subject.network.sharing_copy()
    for name, observer in observers.items():
        network.get_submodule(name).register_forward_hook(_hook(observer))
    with torch.no_grad():
        for rows in batches(subject):
            network(*rows.inputs)


def _hook(observer: Observer) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        observer(module, inputs[0], output)

    return hook


def mean_over_samples(
    subject: Subject, sites: tuple[Site, ...], measure: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    """Return the mean of `measure(activation)` per unit, over samples and positions.

    The activation is what the layer's activation function puts out (through its BatchNorm); for a
    layer without one, the layer's own output.

    Args:
        subject: gives network and calibration samples; one forward pass over these.
        sites: one for each layer whose units are its entries.
        measure: elementwise, shape-preserving.

    Returns:
        Name of the site -> [units].
    """
    after = activation_after(subject.network)
    layers = {site.name: site.layer for site in sites}
    sums: dict[str, Tensor] = {}
    counts: dict[str, int] = {}

    def add(name: str, _module: nn.Module, _inputs: Tensor, output: Tensor) -> None:
        axis = unit_axis(subject.network.get_submodule(layers[name]))
        flat = measure(output.double()).movedim(axis, 0).flatten(1)
        sums[name] = sums.get(name, 0.0) + flat.sum(1)
        counts[name] = counts.get(name, 0) + flat.shape[1]

    record(subject, {after.get(at, at): partial(add, name) for name, at in layers.items()})
    return {name: (sums[name] / max(1, counts[name])).float() for name in layers}


def needs_calibration(subject: Subject) -> Message | None:
    """Return why the subject cannot be scored: it has no calibration samples."""
    return Message("pruning.no_activations") if subject.calibration is None else None
