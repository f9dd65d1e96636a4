"""Whether the numbers of a tensor can be computed with."""

import torch
from torch import Tensor


def is_sound(tensor: Tensor, *, mask: bool) -> bool:
    """Return whether a tensor holds no NaN and no infinity; a mask may hold minus infinity."""
    if not tensor.is_floating_point():
        return True
    if not mask:
        return bool(torch.isfinite(tensor).all())
    return not bool((torch.isnan(tensor) | (tensor == float("inf"))).any())
