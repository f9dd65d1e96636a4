"""largest_activation: the one range that holds every layer's units on one sample."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.rows import check_row
from explain.core.subject import Samples, Subject
from explain.features.mappable import mappable_layers, tap


def largest_activation(subject: Subject, sample: int, *, samples: Samples | None = None) -> float:
    """Return the largest |activation| of all `mappable_layers`, after activation functions.

    Args:
        subject: dense or pruned.
        sample: row of the samples.
        samples: where the sample stands, by default the subject's held-out samples.

    Returns:
        0 or more; 0 where no layer can be looked at. Values that are not finite do not count.
        Cost: one forward pass of one sample.

    Raises:
        InvalidSubject: no such sample.
    """
    held = subject.samples if samples is None else samples
    check_row(held, sample)
    network, peaks = subject.network.sharing_copy(), [0.0]
    for layer in mappable_layers(subject):
        module = network.get_submodule(tap(subject, layer).module)
        module.register_forward_hook(_noting(peaks))
    with torch.no_grad():
        network(*held.take(np.array([sample])).inputs)
    return max(peaks)


def _noting(peaks: list[float]) -> Callable[[nn.Module, object, Tensor], None]:
    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        peaks.append(float(torch.nan_to_num(output, 0.0, 0.0, 0.0).abs().max()))

    return hook
