"""Which input positions each output position of a sliding layer reads, along one axis."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

Positions = NDArray[np.int64]

SLIDING = (
    nn.Conv2d,
    nn.ConvTranspose2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool2d,
)
"""Layers that look through a window."""


def sources(module: nn.Module, axis: int, before: int, after: int) -> Positions:
    """Return the positions [after, taps] that a layer reads; those outside 0..before-1 are padding.

    Args:
        module: one of `SLIDING`.
        axis: 0 rows, 1 columns.
        before: size of the input along the axis.
        after: size of the output along the axis.
    """
    if isinstance(module, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
        return _adaptive(before, after)
    kernel, stride = _of(module.kernel_size, axis), _of(module.stride, axis)
    dilation = _of(getattr(module, "dilation", 1), axis)
    padding = _before(module.padding, axis, dilation * (kernel - 1))
    outputs, taps = np.arange(after)[:, None], np.arange(kernel)[None, :] * dilation
    if isinstance(module, nn.ConvTranspose2d):
        return _whole(outputs + padding - taps, stride)
    found: Positions = outputs * stride - padding + taps
    return found


def _adaptive(before: int, after: int) -> Positions:
    outputs = np.arange(after)
    starts, ends = outputs * before // after, -(-(outputs + 1) * before // after)
    found = starts[:, None] + np.arange((ends - starts).max())[None, :]
    return np.where(found < ends[:, None], found, -1)


def _whole(spread: Positions, stride: int) -> Positions:
    """Return spread / stride where it is a whole number, else padding."""
    return np.where(spread % stride == 0, spread // stride, -1)


def _before(padding: object, axis: int, span: int) -> int:
    """Return how much padding stands in front; torch puts the odd one of "same" at the end."""
    if isinstance(padding, str):
        return span // 2 if padding == "same" else 0
    return _of(padding, axis)


def _of(setting: object, axis: int) -> int:
    return int(cast("int", setting[axis] if isinstance(setting, tuple) else setting))
