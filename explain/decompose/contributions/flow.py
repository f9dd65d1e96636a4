"""Connections counted, and how much signal goes from module to module."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.contributions import Flow
from explain.core.errors import Refused
from explain.core.partition import UnitLabels
from explain.core.provenance import origin
from explain.core.subject import Subject
from explain.decompose.contributions.hiding import Labels, module_count
from explain.network import (
    UNIT_LAYERS,
    InputMap,
    activation_after,
    output_layers,
    producers,
    unit_axis,
)
from explain.network.layout import require_lifted

_BATCH = 128
_TINY = 1e-30

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spreads:
    """Variances over samples and positions: of each layer's input features, and of its units."""

    features: Mapping[str, Values]
    units: Mapping[str, Values]


def flow(subject: Subject, labels: Labels) -> Flow:
    """Return Σ (weight · standard deviation)² between modules.

    For every weight of a layer: its square, summed over a kernel's positions, times the variance
    over calibration samples (held-out ones where there are none) and positions of the feature it
    multiplies. The feature belongs to the modules of the units behind it; where a residual sum
    adds several units, or a step mixes a layer's units, it is shared out by their variance.

    Args:
        subject: dense or pruned: pruned weights carry nothing.
        labels: layer -> module of each unit, -1 for none. Units of layers that give the answer, and
            of layers without labels, belong to no module either.

    Cost: one forward pass of the calibration samples.

    Raises:
        InvalidSubject, InvalidOption: labels that do not fit.
        Refused: not a lifted network.
    """
    started = time.perf_counter()
    network, count = require_lifted(subject.network), module_count(labels)
    maps = {
        name: found
        for name, found in producers(network).items()
        if isinstance(network.get_submodule(name), UNIT_LAYERS)
    }
    spreads = _spreads(subject, maps)
    nobody = count
    held = {
        n: np.where(owners < 0, nobody, owners)
        for n, owners in labels.items()
        if n not in output_layers(network)
    }
    total = np.zeros((count + 1, count + 1))
    for layer, found in maps.items():
        strengths = _strengths(network.get_submodule(layer)) * spreads.features[layer]
        takers = held.get(layer, np.full(len(strengths), nobody))
        givers = _shares(found, held, spreads, nobody)
        np.add.at(total.T, takers, strengths @ givers)
    return Flow(
        between=total[:count, :count],
        from_inputs=total[nobody, :count],
        to_outputs=total[:count, nobody],
        provenance=origin(subject, started),
    )


def _strengths(module: nn.Module) -> Values:
    """Return the squared weights [units, features], kernels summed; groups keep to their own."""
    weight = module.get_parameter("weight").detach().double()
    squares = weight.square().flatten(2).sum(2) if weight.dim() > 2 else weight.square()
    groups = int(getattr(module, "groups", 1))
    units, features = squares.shape
    wide = torch.zeros(groups, units // groups, groups, features, dtype=squares.dtype)
    for group in range(groups):
        wide[group, :, group] = squares.reshape(groups, -1, features)[group]
    return np.asarray(wide.reshape(units, groups * features).numpy())


def _shares(found: InputMap, held: Labels, spreads: _Spreads, nobody: int) -> Values:
    """Return how much of each input feature belongs to each module [features, K + 1]."""
    features = len(found.terms[0].producer) if found.terms else 0
    shares = np.zeros((features, nobody + 1))
    for term in found.terms:
        for place, name in enumerate(found.producers):
            here = np.flatnonzero(term.producer == place)
            modules, variance = held.get(name), spreads.units.get(name)
            if modules is None or variance is None:
                # Without the tiny one the share of units that never move were 0 / 0.
                shares[here, nobody] += _TINY if variance is None else variance.mean() + _TINY
                continue
            one = here[term.unit[here] >= 0]
            units = term.unit[one]
            shares[one, modules[units]] += variance[units] + _TINY
            whole = np.bincount(modules, weights=variance + _TINY, minlength=nobody + 1)
            shares[here[term.unit[here] < 0]] += whole / len(modules)
    return np.asarray(shares / np.maximum(shares.sum(1, keepdims=True), _TINY))


def _spreads(subject: Subject, maps: Mapping[str, InputMap]) -> _Spreads:
    network = require_lifted(subject.network).sharing_copy()
    after = activation_after(network)
    samples = subject.samples if subject.calibration is None else subject.calibration
    inputs = {layer: _Moments() for layer in maps}
    outputs = {layer: _Moments() for layer in maps}
    for layer in maps:
        module = network.get_submodule(layer)
        axis = unit_axis(module)
        module.register_forward_hook(_hearing(inputs[layer], axis, incoming=True))
        told = network.get_submodule(after[layer])
        told.register_forward_hook(_hearing(outputs[layer], axis, incoming=False))
    for at in range(0, samples.count, _BATCH):
        with torch.no_grad():
            network(*(x[at : at + _BATCH] for x in samples.inputs))
    return _Spreads(
        features={layer: seen.variance() for layer, seen in inputs.items()},
        units={layer: seen.variance() for layer, seen in outputs.items()},
    )


class _Moments:
    """Sums of values and of squares along one axis, float64."""

    def __init__(self) -> None:
        self._n = 0
        self._sum: Values | float = 0.0
        self._squares: Values | float = 0.0

    def add(self, values: Tensor, axis: int) -> None:
        """Take values in."""
        flat = values.detach().double().movedim(axis, -1).flatten(0, -2).numpy()
        self._n += len(flat)
        self._sum = self._sum + flat.sum(0)
        self._squares = self._squares + np.square(flat).sum(0)

    def variance(self) -> Values:
        """Return the variance of each place along the axis."""
        if self._n == 0:
            raise Refused("decompose.no_samples")
        mean = np.asarray(self._sum) / self._n
        return np.maximum(np.asarray(self._squares) / self._n - mean**2, 0.0)


def _hearing(
    moments: _Moments, axis: int, *, incoming: bool
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def hook(_module: nn.Module, given: tuple[Tensor, ...], said: Tensor) -> None:
        moments.add(given[0] if incoming else said, axis)

    return hook


def unit_connections(subject: Subject, labels: Labels) -> UnitLabels:
    """Return the weights other than 0 that lead into each unit: layer -> counts [units].

    Cost: one pass over the weights.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: not a lifted network.
    """
    network = require_lifted(subject.network)
    weights = {layer: network.get_parameter(f"{layer}.weight").detach() for layer in labels}
    return {
        layer: np.asarray(weight.reshape(len(weight), -1).count_nonzero(dim=1).numpy(), np.int64)
        for layer, weight in weights.items()
    }


def connections(subject: Subject, labels: Labels) -> NDArray[np.int64]:
    """Return the weights other than 0 that lead into the units of each module [K].

    Weights into units of no module, or of layers that have no labels (those that give the answer,
    say), belong to no module. Cost: one pass over the weights.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: labels that do not fit, or not a lifted network.
    """
    found = np.zeros(module_count(labels), np.int64)
    for layer, counts in unit_connections(subject, labels).items():
        inside = labels[layer] >= 0
        np.add.at(found, labels[layer][inside], counts[inside])
    return found
