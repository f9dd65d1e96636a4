"""BatchNorm as part of the convolution before it: the same function in fewer steps."""

from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from explain.core.network import Network
from explain.network import batch_norm_after

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def foldings(network: Network) -> Mapping[str, str]:
    """Return convolution -> BatchNorm for each norm that can be part of the weights before it.

    Only where the norm has running statistics and takes the output of that convolution alone.
    """
    uses = Counter(step.module for step in network.steps)
    return {
        layer: norm
        for layer, norm in batch_norm_after(network).items()
        if norm is not None
        and uses[layer] == 1
        and isinstance(network.get_submodule(layer), _CONVOLUTIONS)
        and getattr(network.get_submodule(norm), "running_mean", None) is not None
    }


def fold(
    convolution: Mapping[str, Tensor], norm: Mapping[str, Tensor], epsilon: float
) -> tuple[Tensor, Tensor]:
    """Return the weight and the bias of a convolution that includes the norm after it.

    All tensors by their names in the modules; they may have one more dimension in front, the
    same for all: one network in each place. Equal up to the last places.
    """
    weight, mean = convolution["weight"], norm["running_mean"]
    scale = torch.rsqrt(norm["running_var"] + epsilon)
    if "weight" in norm:
        scale = scale * norm["weight"]
    bias = (convolution["bias"] - mean if "bias" in convolution else -mean) * scale
    if "bias" in norm:
        bias = bias + norm["bias"]
    return weight * scale.reshape(*scale.shape, *[1] * (weight.dim() - scale.dim())), bias
