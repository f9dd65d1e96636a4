"""What half of the connections are worth to a network with BatchNorm, and how it comes back."""

import copy

import torch
from torch import Tensor, nn

from explain.core.subject import Samples
from models.baseline import figures
from models.fitting import module_outputs

AMOUNT = 0.5


def collapse(network: nn.Module, calibration: Samples, test: Samples) -> tuple[str, ...]:
    """Return the sentence for the card: balanced accuracy dense, halved, and recalibrated."""
    if test.targets is None:
        return ()
    pruned = without_smallest_half(network)
    again = with_statistics_of(pruned, calibration.inputs[0])
    dense, broken, mended = (
        figures(module_outputs(each, test.inputs[0]), test.targets)["balanced-accuracy"]
        for each in (network, pruned, again)
    )
    sentence = (
        f"Global magnitude pruning at {AMOUNT:.0%} takes the balanced accuracy from {dense:.3f} to "
        f"{broken:.3f}. Estimating the statistics of BatchNorm again on {calibration.count} "
        f"training patches, without their labels, brings it to {mended:.3f}."
    )
    return (sentence,)


def without_smallest_half(network: nn.Module) -> nn.Module:
    """Return a copy without the smallest half of all weights of its convolutions and layers."""
    found = copy.deepcopy(network)
    weights = [m.weight for m in found.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    sizes = torch.cat([weight.detach().abs().flatten() for weight in weights])
    cut = sizes.kthvalue(round(AMOUNT * len(sizes))).values
    with torch.no_grad():
        for weight in weights:
            weight.mul_((weight.abs() > cut).to(weight.dtype))
    return found


def with_statistics_of(network: nn.Module, inputs: Tensor) -> nn.Module:
    """Return a copy whose BatchNorm means and variances are those of one pass over `inputs`."""
    found = copy.deepcopy(network).train()
    for module in found.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0
    module_outputs(found, inputs)
    return found.eval()
