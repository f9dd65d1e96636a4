"""Optimisers by name, and the rate that falls over the epochs."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from explain.core.training import Training

_MOMENTUM = 0.9
_LINE_SEARCHES = 20


def optimiser_of(tensors: Sequence[Tensor], how: Training) -> torch.optim.Optimizer:
    """Return the optimiser of a training, one tensor at a time: groups change the last bit."""
    if how.optimiser == "sgd":
        return torch.optim.SGD(tensors, lr=how.rate, momentum=_MOMENTUM, foreach=False)
    if how.optimiser == "lbfgs":
        search = "strong_wolfe"
        return torch.optim.LBFGS(tensors, lr=1.0, max_iter=_LINE_SEARCHES, line_search_fn=search)
    return torch.optim.Adam(tensors, lr=how.rate, foreach=False)


def set_rate(optimiser: torch.optim.Optimizer, how: Training, done: int) -> None:
    """Set the rate of the next epoch: it falls to 0 along a half cosine; L-BFGS searches its own.

    Loshchilov & Hutter 2017, arXiv:1608.03983, equation 5, one period, in whole epochs.
    """
    if how.optimiser == "lbfgs":
        return
    for group in optimiser.param_groups:
        group["lr"] = how.rate * (1 + math.cos(math.pi * done / how.epochs)) / 2
