"""What all networks for pictures share."""

from typing import Any

import torch
from torch import Tensor

from explain.core.parameters import Parameter
from models.registry.record import Settings

__all__ = ["SIZE", "picture"]

SIZE = Parameter(
    key="size",
    title="Picture size",
    line="Height and width of the pictures, in pixels.",
    default=224,
    low=16,
    high=512,
)


def picture(settings: Settings) -> Tensor:
    """Return two square pictures with the channels and the size of the settings."""
    found: dict[str, Any] = dict(settings)
    shape = (2, found["channels"], found["size"], found["size"])
    count = shape[0] * shape[1] * shape[2] * shape[3]
    return torch.linspace(-1, 1, count).reshape(shape)
