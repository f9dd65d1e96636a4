"""Activations by their key."""

from collections.abc import Callable
from types import MappingProxyType

from torch import nn

_MADE: MappingProxyType[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu": nn.ReLU,
        "tanh": nn.Tanh,
        "sigmoid": nn.Sigmoid,
        "gelu": nn.GELU,
        "leaky-relu": nn.LeakyReLU,
        "elu": nn.ELU,
        "silu": nn.SiLU,
    }
)


def activation(key: object) -> nn.Module:
    """Return a new activation of that key."""
    return _MADE[str(key)]()
