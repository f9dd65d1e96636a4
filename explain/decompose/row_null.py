"""Networks without modules: every unit keeps its weights, but in random order."""

import numpy as np
import torch
from torch import Tensor

from explain.core.network import Network


def row_permuted(
    network: Network, layers: tuple[str, ...], random: np.random.Generator
) -> dict[str, Tensor]:
    """Return parameter name -> the weight with each row's entries permuted; kernels stay whole.

    Keeps how strong a unit's weights are and how sparse they are; who they come from is chance.
    A weight that several layers share is permuted once.
    Source: Filan et al. 2021, arXiv:2103.03386, section 4, who permute a whole layer's weights.
    """
    names = {id(network.get_parameter(name)): name for name in map(_weight_of, reversed(layers))}
    return {
        name: _permuted(network.get_parameter(name), random) for name in reversed(names.values())
    }


def _weight_of(layer: str) -> str:
    return f"{layer}.weight"


def _permuted(weight: Tensor, random: np.random.Generator) -> Tensor:
    values = weight.detach().numpy()
    if values[0, 0].size == 1:
        return torch.from_numpy(random.permuted(values, axis=1))
    order = random.random(values.shape[:2]).argsort(1)
    order = order.reshape(*order.shape, *(1 for _ in values.shape[2:]))
    return torch.from_numpy(np.take_along_axis(values, order, axis=1))
