"""Whole units: which weights have them, and what goes with one."""

import numpy as np
from torch import nn

from explain.core.network import Network
from explain.core.scores import Part, Site
from explain.core.subject import Subject
from explain.network import batch_norm_after, layer_of, output_layers, shared_parameters


def sites_of_units(subject: Subject, kinds: tuple[type[nn.Module], ...]) -> tuple[Site, ...]:
    """Return the units of layers of these kinds: a row, its bias and its BatchNorm's part."""
    return tuple(_site(subject, name) for name in unit_weights(subject, kinds))


def unit_weights(subject: Subject, kinds: tuple[type[nn.Module], ...]) -> tuple[str, ...]:
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
        and isinstance(network.get_submodule(layer_of(name)), kinds)
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


def _site(subject: Subject, name: str) -> Site:
    shape = tuple(subject.network.get_parameter(name).shape)
    units = np.arange(shape[0])
    weight = Part(name=name, shape=shape, owner=units.reshape(-1, *(1 for _ in shape[1:])))
    companions = (
        Part(name=companion, shape=units.shape, owner=units, companion=True)
        for companion in companions_of(subject, name)
    )
    return Site(name=name, layer=layer_of(name), parts=(weight, *companions), entries=len(units))
