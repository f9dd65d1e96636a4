"""Runs of the calibration samples through a private copy, for criteria that look at data."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.subject import Samples, Subject

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
