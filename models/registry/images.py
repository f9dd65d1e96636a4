"""What all networks for pictures share."""

from typing import Any

import torch
from torch import Tensor

from explain.core.parameters import Parameter
from explain.network import Lifted
from models.registry.record import Settings
from models.registry.stretching import stretched

_TRACED = 64

SIZE = Parameter(
    key="size",
    title="Picture size",
    line="Height and width of the pictures, in pixels.",
    default=224,
    low=16,
    high=512,
)


def two_pictures(settings: Settings) -> Tensor:
    """Return two small square pictures with the channels of the settings."""
    found: dict[str, Any] = dict(settings)
    side = min(_TRACED, found["size"])
    shape = (2, found["channels"], side, side)
    return torch.linspace(-1, 1, shape[0] * shape[1] * side * side).reshape(shape)


def at_size(network: Lifted, settings: Settings) -> Lifted:
    """Return the network, lifted on small pictures, for those of the settings' size."""
    found: dict[str, Any] = dict(settings)
    return stretched(network, (found["channels"], found["size"], found["size"]))
