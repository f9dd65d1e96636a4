"""One sample through a private copy, with the inputs and outputs of some modules noted."""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from explain.core.rows import check_row
from explain.core.subject import Subject

Seen = dict[str, tuple[Tensor, Tensor]]


def observe(subject: Subject, modules: Iterable[str], sample: int) -> Seen:
    """Return (input, output) of each module for one sample.

    The batch dimension is dropped. A module that runs twice shows its last run. The hooks live on
    a private copy. Cost: one forward pass of one sample.

    Raises:
        InvalidSubject: there is no such sample.
    """
    check_row(subject.samples, sample)
    network = subject.network.sharing_copy()
    seen: Seen = {}
    for name in set(modules):
        network.get_submodule(name).register_forward_hook(_noting(seen, name))
    with torch.no_grad():
        network(*subject.samples.take(np.array([sample])).inputs)
    return seen


def _noting(seen: Seen, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def hook(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        seen[name] = (inputs[0][0], output[0])

    return hook
