"""A layer as a matrix: what each of its units multiplies its weights with, place by place."""

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explain.network.graph import TRANSPOSED, unit_axis


def unfolded_inputs(layer: nn.Module, x: Tensor) -> Tensor:
    """Return what the units of a layer read [groups, columns, places], in float32 or better.

    Units of one group read the same columns: the inputs of a linear layer, input channels times
    places of the kernel of a convolution, in the order of `unit_rows`. A place is one output: a
    sample, a token, a pixel. A layer with a bias has one more column, of ones.

    Args:
        layer: linear, or a convolution of any kind.
        x: its input, the batch in dimension 0.
    """
    x = x.to(torch.promote_types(x.dtype, torch.float32))
    if isinstance(layer, nn.Linear):
        flat = x.reshape(1, -1, x.shape[-1]).mT
        return torch.cat([flat, torch.ones_like(flat[:, :1])], 1) if _has_bias(layer) else flat
    x = _padded(layer, x if x.dim() == _dimensions(layer) else x[None]).transpose(0, 1)
    x = x.reshape(channel_groups(layer), -1, *x.shape[1:])
    parts = list(_met(layer, x))
    columns, shape = x.shape[1] * len(parts), parts[0].shape[2:]
    found = x.new_ones(len(x), columns + _has_bias(layer), math.prod(shape))
    room = found[:, :columns].view(*x.shape[:2], len(parts), *shape)
    for place, part in enumerate(parts):
        room[:, :, place] = part
    return found


def unfolded_outputs(layer: nn.Module, y: Tensor) -> Tensor:
    """Return a layer's outputs, or what they lack, as [groups, units of a group, places]."""
    y = y.to(torch.promote_types(y.dtype, torch.float32))
    y = (y if y.dim() >= _dimensions(layer) else y[None]).movedim(unit_axis(layer), 0)
    return y.reshape(channel_groups(layer), len(y) // channel_groups(layer), -1)


def unfolded_numbers(layer: nn.Module, y: Tensor) -> int:
    """Return how many numbers `unfolded_inputs` returns for the input that gave the output y."""
    return y.numel() // y.shape[unit_axis(layer)] * channel_groups(layer) * columns_of(layer)


def unit_rows(layer: nn.Module) -> Tensor:
    """Return a layer's weights, and biases, as [groups, units of a group, columns]."""
    weight, groups = layer.get_parameter("weight").detach(), channel_groups(layer)
    if isinstance(layer, TRANSPOSED):
        weight = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2).flatten(0, 1)
    rows = weight.reshape(groups, len(weight) // groups, -1)
    if not _has_bias(layer):
        return rows.contiguous()
    return torch.cat([rows, layer.get_parameter("bias").detach().view(*rows.shape[:2], 1)], 2)


def from_unit_rows(layer: nn.Module, rows: Tensor) -> dict[str, Tensor]:
    """Return weight and, where there is one, bias of a layer with these rows."""
    shape = layer.get_parameter("weight").shape
    weight = rows[..., :-1] if _has_bias(layer) else rows
    if isinstance(layer, TRANSPOSED):
        weight = weight.reshape(*rows.shape[:2], -1, *shape[2:]).transpose(1, 2)
    found = {"weight": weight.reshape(shape).contiguous()}
    return found | ({"bias": rows[..., -1].flatten()} if _has_bias(layer) else {})


def columns_of(layer: nn.Module) -> int:
    """Return how many columns each unit of a layer reads, the one of a bias among them."""
    weight = layer.get_parameter("weight")
    inputs = (
        len(weight) // channel_groups(layer) if isinstance(layer, TRANSPOSED) else weight.shape[1]
    )
    return inputs * math.prod(weight.shape[2:]) + _has_bias(layer)


def channel_groups(layer: nn.Module) -> int:
    """Return in how many groups, which read different inputs, the units of a layer fall."""
    return int(getattr(layer, "groups", 1))


def _dimensions(layer: nn.Module) -> int:
    """Return how many dimensions the input of a layer has with its batch."""
    return layer.get_parameter("weight").dim()


def _has_bias(layer: nn.Module) -> bool:
    return isinstance(layer.bias, Tensor)


def _met(layer: nn.Module, x: Tensor) -> Iterator[Tensor]:
    """Yield for each place of the kernel the part of x [groups, channels, batch, ...] it meets."""
    across = isinstance(layer, TRANSPOSED)
    kernel, reach = _sizes(layer, "kernel_size"), _sizes(layer, "dilation")
    stride = (1,) * len(kernel) if across else _sizes(layer, "stride")
    axes = [
        [slice(start, size - far * (k - 1) + start, step) for start in range(0, far * k, far)]
        for size, k, far, step in zip(x.shape[3:], kernel, reach, stride, strict=True)
    ]
    if across:  # what a place of the kernel adds on the right came from the left
        axes = [axis[::-1] for axis in axes]
    for part in product(*axes):
        at: tuple[Any, ...] = (..., *part)
        yield x[at]


def _padded(layer: nn.Module, x: Tensor) -> Tensor:
    """Return the input of a convolution with all that its kernel runs over."""
    if isinstance(layer, TRANSPOSED):
        x = _spaced(x, _sizes(layer, "stride"))
    sides = [side for pair in reversed(_sides(layer)) for side in pair]
    return functional.pad(x, sides)


def _sides(layer: nn.Module) -> list[tuple[int, int]]:
    """Return how much is added before and after on each axis; less than 0 is taken away."""
    padding: Any = layer.padding
    axes = zip(_sizes(layer, "dilation"), _sizes(layer, "kernel_size"), strict=True)
    reach = [far * (k - 1) for far, k in axes]
    if isinstance(padding, str):
        return [(r // 2, r - r // 2) if padding == "same" else (0, 0) for r in reach]
    if isinstance(layer, TRANSPOSED):
        more = _sizes(layer, "output_padding")
        return [(r - p, r - p + m) for r, p, m in zip(reach, padding, more, strict=True)]
    return [(p, p) for p in padding]


def _spaced(x: Tensor, stride: tuple[int, ...]) -> Tensor:
    """Return an input with zeros between its places, as a transposed convolution reads it."""
    sizes = [(n - 1) * step + 1 for n, step in zip(x.shape[2:], stride, strict=True)]
    found = x.new_zeros(*x.shape[:2], *sizes)
    at: tuple[Any, ...] = (..., *(slice(None, None, step) for step in stride))
    found[at] = x
    return found


def _sizes(layer: nn.Module, name: str) -> tuple[int, ...]:
    found: tuple[int, ...] = getattr(layer, name)
    return found
