"""Which tensors a plan may touch, and what goes with a whole unit."""

from torch import nn

from explain.core.network import Network
from explain.core.subject import Subject
from explain.network import (
    UNIT_LAYERS,
    batch_norm_after,
    layer_of,
    output_layers,
    shared_parameters,
)

__all__ = ["companions_of", "unit_weights"]

_GRANULARITY: dict[str, tuple[type[nn.Module], ...]] = {
    "neuron": (nn.Linear,),
    "channel": UNIT_LAYERS[1:],
    "unit": UNIT_LAYERS,
}


def unit_weights(subject: Subject, granularity: str) -> tuple[str, ...]:
    """Return the weights whose rows are prunable units.

    Left out: layers of another kind, layers that give the network's answer (a class is never
    removed), and layers that share their weight or bias (one row would be two
    units).
    """
    network = subject.network
    shared = shared_parameters(network)
    last = output_layers(network)
    return tuple(
        name
        for name in network.prunable
        if layer_of(name) not in last
        and not _is_shared(network, layer_of(name), shared)
        and isinstance(network.get_submodule(layer_of(name)), _GRANULARITY[granularity])
    )


def _is_shared(network: Network, layer: str, shared: frozenset[int]) -> bool:
    return any(id(tensor) in shared for tensor in network.get_submodule(layer).parameters())


def companions_of(subject: Subject, weight: str) -> tuple[str, ...]:
    """Return what a unit takes with it: its bias and its BatchNorm scale and shift."""
    network = subject.network
    layer = layer_of(weight)
    owners = (layer, batch_norm_after(network).get(layer))
    names = (f"{layer}.bias", *(f"{owners[1]}.{part}" for part in ("weight", "bias")))
    known = {name for name, _ in network.named_parameters()}
    return tuple(name for name in names if name in known)
