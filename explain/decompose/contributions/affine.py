"""Layers that are linear in their input: what they say to some units, without the others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

_CONVOLVE: dict[type[nn.Module], Callable[..., Tensor]] = {
    nn.Conv1d: functional.conv1d,
    nn.Conv2d: functional.conv2d,
    nn.Conv3d: functional.conv3d,
}

_FILLED = 2
"""Groups are filled up while that at most doubles the number of units."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """A layer's weights taken apart by groups of its input units.

    `units` and `weights`: for each call, the units it reads [groups · most] and the weights
    [groups, outputs, most, ...]. One call for all groups where filling them up to the same size
    with weights of 0 costs little, else one for each: memory and work stay within twice those of
    the layer.
    """

    module: nn.Module
    units: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]


def pieces(module: nn.Module, groups: Sequence[NDArray[np.int64]]) -> Pieces:
    """Return an affine layer taken apart by groups of units that are not empty."""
    most = max(len(group) for group in groups)
    even = most * len(groups) <= _FILLED * sum(len(group) for group in groups)
    calls = [groups] if even else [[group] for group in groups]
    weight = module.get_parameter("weight").detach()
    units, weights = zip(*(_filled_up(weight, call) for call in calls), strict=True)
    return Pieces(module=module, units=units, weights=weights)


def said_to_each(layer: Pieces, value: Tensor) -> Tensor:
    """Return the layer's answer, without its bias, to each group of units alone [groups, ...]."""
    calls = zip(layer.units, layer.weights, strict=True)
    said = [_said(layer.module, value, units, weights) for units, weights in calls]
    return said[0] if len(said) == 1 else torch.cat(said)


def said_to_nothing(module: nn.Module, shape: tuple[int, ...]) -> Tensor:
    """Return the layer's answer [*shape] of one row to units that are all 0: its bias."""
    parameters = dict(module.named_parameters(recurse=False))
    bias = parameters.get("bias", torch.zeros(len(parameters["weight"]))).detach()
    facing = bias if isinstance(module, nn.Linear) else bias.reshape(-1, *[1] * (len(shape) - 1))
    return facing.to(parameters["weight"]).expand(shape)


def _said(module: nn.Module, value: Tensor, units: Tensor, weights: Tensor) -> Tensor:
    count, outputs = weights.shape[:2]
    if isinstance(module, nn.Linear):
        apart = value.index_select(-1, units).reshape(*value.shape[:-1], count, -1)
        return torch.einsum("...gu,gou->g...o", apart, weights)
    convolve = _CONVOLVE[type(module)]
    said = convolve(
        value.index_select(1, units),
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
    wide = weight[:, torch.from_numpy(units)].transpose(0, 1)
    if all(len(group) == most for group in groups):
        return torch.from_numpy(units.reshape(-1)), wide
    there = np.stack([np.arange(most) < len(group) for group in groups])
    shape = (len(groups), 1, most, *[1] * (weight.dim() - 2))
    mask = torch.from_numpy(there).reshape(shape)
    return torch.from_numpy(units.reshape(-1)), wide * mask
