"""Layers that are linear in their input: what they say to some units, without the others."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["fan_in", "is_affine", "said_to_each"]

_CONVOLVE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Conv1d: functional.conv1d,
    nn.Conv2d: functional.conv2d,
    nn.Conv3d: functional.conv3d,
}


def is_affine(module: nn.Module) -> bool:
    """Return whether the layer can be split by input units."""
    if type(module) is nn.Linear:
        return True
    if type(module) not in _CONVOLVE:
        return False
    return bool(module.groups == 1 and module.padding_mode == "zeros")


def fan_in(module: nn.Module) -> int:
    """Return the multiplications for one output."""
    weight: Tensor = module.get_parameter("weight")
    return weight[0].numel()


def said_to_each(module: nn.Module, value: Tensor, groups: Sequence[NDArray[np.int64]]) -> Tensor:
    """Return the layer's answer, without its bias, to each group of units alone [groups, ...].

    One call for all groups, filled up to the same size with units of weight 0.
    """
    units, weights = _filled_up(module.get_parameter("weight").detach(), groups)
    if isinstance(module, nn.Linear):
        apart = value[..., units].reshape(*value.shape[:-1], len(groups), -1)
        return torch.einsum("...gu,gou->g...o", apart, weights)
    count, outputs = weights.shape[:2]
    convolve = _CONVOLVE[type(module)]
    said = convolve(
        value[:, units],
        weights.flatten(0, 1),
        None,
        module.stride,
        module.padding,
        module.dilation,
        count,
    )
    return said.reshape(len(said), count, outputs, *said.shape[2:]).transpose(0, 1)


def _filled_up(weight: Tensor, groups: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
    """Return units [groups · most] and weights [groups, outputs, most, ...]."""
    most = max(len(group) for group in groups)
    units = np.zeros((len(groups), most), np.int64)
    for place, group in enumerate(groups):
        units[place, : len(group)] = group
    there = np.stack([np.arange(most) < len(group) for group in groups])
    wide = weight[:, torch.from_numpy(units)].transpose(0, 1)
    shape = (len(groups), 1, most, *[1] * (weight.dim() - 2))
    mask = torch.from_numpy(there).reshape(shape)
    return torch.from_numpy(units.reshape(-1)), wide * mask
