"""Weights and pictures that are the same on every machine and look like chance."""

from zlib import crc32

import torch


def scattered(shape, start):
    """Return numbers between -1 and 1 that follow no visible order; float32."""
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    values = (torch.sin(12.9898 * count + start) * 43758.5453).frac().abs()
    return (2 * values - 1).reshape(shape).float()


def filled(state):
    """Return a state dict of the same names and shapes, with which activations stay near 1."""
    return {name: _values(name, tensor) for name, tensor in state.items()}


def _values(name, tensor):
    if not tensor.is_floating_point():
        return torch.zeros(tensor.shape, dtype=tensor.dtype)
    values = scattered(tensor.shape, crc32(name.encode()) % 1000)
    if tensor.dim() == 1:
        around = 0.0 if name.endswith(("bias", "mean")) else 1.0
        return around + 0.3 * values
    return values * (6 / max(1, tensor[0].numel())) ** 0.5
