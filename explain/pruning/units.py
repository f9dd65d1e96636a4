"""Which tensors a plan may touch, and what goes with a whole unit."""

from collections import Counter

from torch import nn

from explain.core.subject import Subject
from explain.network import batch_norm_after, output_layers

__all__ = ["companions_of", "layer_of", "unit_weights"]

_GRANULARITY: dict[str, tuple[type[nn.Module], ...]] = {
    "neuron": (nn.Linear,),
    "channel": (nn.Conv1d, nn.Conv2d, nn.Conv3d),
    "unit": (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d),
}


def layer_of(weight: str) -> str:
    """Return the layer that owns a weight: "fc1" for "fc1.weight"."""
    return weight.rpartition(".")[0]


def unit_weights(subject: Subject, granularity: str) -> tuple[str, ...]:
    """Return the weights whose rows are prunable units.

    Left out: layers of another kind, layers that give the network's answer (a class is never
    removed), and weights that several layers share (one row would be two units).
    """
    network = subject.network
    shared = _shared(subject)
    last = output_layers(network)
    return tuple(
        name
        for name in network.prunable
        if layer_of(name) not in last
        and name not in shared
        and isinstance(network.get_submodule(layer_of(name)), _GRANULARITY[granularity])
    )


def _shared(subject: Subject) -> frozenset[str]:
    network = subject.network
    owners = Counter(
        id(parameter)
        for _, module in network.named_modules()
        for parameter in module.parameters(recurse=False)
    )
    return frozenset(n for n in network.prunable if owners[id(network.get_parameter(n))] > 1)


def companions_of(subject: Subject, weight: str) -> tuple[str, ...]:
    """Return what a unit takes with it: its bias and its BatchNorm scale and shift."""
    network = subject.network
    layer = layer_of(weight)
    owners = (layer, batch_norm_after(network).get(layer))
    names = (f"{layer}.bias", *(f"{owners[1]}.{part}" for part in ("weight", "bias")))
    known = {name for name, _ in network.named_parameters()}
    return tuple(name for name in names if name in known)
