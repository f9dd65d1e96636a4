"""Which units feed which inputs of a layer: what drawing and whole-unit pruning need."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.network import Network
from explain.network.drawing.origins import NOTHING, Source, Sources, trace_origins
from explain.network.graph import CONVOLUTIONS, prunable_layers
from explain.network.layout import Memo, require_lifted
from explain.network.lifted import Lifted

_UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One summand of a layer's input: for each input feature who feeds it.

    `producer` [features]: index into `InputMap.producers`, -1 where nothing does. `unit`
    [features]: the producer's unit, -1 where the whole producer does or nothing.
    """

    producer: NDArray[np.int32]
    unit: NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputMap:
    """The units behind the input features (columns, input channels) of one layer.

    `producers`: names of layers, or of input steps ("input:0"). `axes`: for each producer what
    its units count: None the units of a layer or the elements of an input's flattened sample,
    a number the positions along that axis of the input's sample (0: image channels, -1: features).
    `terms`: usually one; several where a residual sum adds what different units say.
    """

    producers: tuple[str, ...]
    axes: tuple[int | None, ...]
    terms: tuple[Term, ...]


def producers(network: Network) -> Mapping[str, InputMap]:
    """Return for each prunable layer which units feed each of its input features.

    Traced through everything that keeps channels apart: activations, norms, pools, flattening,
    views, concatenation, sums, means over space. Where a step mixes them (attention, a matrix
    product, a mean over channels), the whole producer stands for its units (-1). A recurrent
    layer's features are those of its first `weight_ih`. Cost: no pass through the network, but
    its index arrays are as large as its values for one sample; nothing where it was asked before of
    this network or of a copy with other weights.

    Raises:
        Refused: not a lifted network.
    """
    lifted = require_lifted(network)
    return _KNOWN.get(lifted, None, lambda: _traced(lifted))


_KNOWN: Memo[Mapping[str, InputMap]] = Memo()


def _traced(network: Lifted) -> Mapping[str, InputMap]:
    layers = prunable_layers(network)
    sources, origins = trace_origins(network, layers)
    return {
        layer: _input_map(
            sources,
            [_by_feature(codes, _axis(network, layer)) for codes in origins[layer]],
            _features(network, layer),
        )
        for layer in layers
    }


def _axis(network: Lifted, layer: str) -> int:
    return 1 if isinstance(network.get_submodule(layer), CONVOLUTIONS) else -1


def _features(network: Lifted, layer: str) -> int:
    shape = next(info.input_shape for info in network.layers if info.name == layer)
    return shape[0] if _axis(network, layer) == 1 else shape[-1]


def _by_feature(codes: Tensor, axis: int) -> Tensor:
    """Return codes as [positions, features]."""
    return codes.movedim(axis, -1).reshape(-1, codes.shape[axis])


def _input_map(sources: Sources, matrices: list[Tensor], features: int) -> InputMap:
    present = sources.present(matrices)
    axes = {s: _readable_axis(sources, s, matrices) for s in present}
    summands = [
        (place, units)
        for matrix in matrices
        for place, source in enumerate(present)
        if (units := _units(sources, matrix, source, axes[source])) is not None
    ]
    return InputMap(
        producers=tuple(sources.all[s].name for s in present),
        axes=tuple(axes[s] for s in present),
        terms=_merged(summands, features),
    )


_ABSENT = -2


def _units(sources: Sources, matrix: Tensor, source: int, axis: int | None) -> Tensor | None:
    """Return per feature the unit of one source: -1 several of them, -2 none; None: nowhere."""
    here = sources.of(matrix) == source
    if not here.any():
        return None
    units = _along(sources.all[source], matrix, axis)
    # Elsewhere the largest sees the least and the smallest the most: equal means one unit alone.
    high = units.where(here, _ABSENT).amax(0)
    low = units.where(here, torch.iinfo(torch.int64).max).amin(0)
    return torch.where(here.any(0), high.where(low == high, _UNKNOWN), _ABSENT)


def _along(source: Source, codes: Tensor, axis: int | None) -> Tensor:
    """Return unit numbers, for an input along an axis of its sample; whole sources stay -1."""
    units = codes - source.first
    if axis is not None and source.shape is not None:
        inner = 1 if axis == -1 else int(np.prod(source.shape[1:]))
        units = units.div(inner, rounding_mode="floor") % source.shape[axis]
    return units.where(codes >= 0, _UNKNOWN)


def _readable_axis(sources: Sources, index: int, matrices: list[Tensor]) -> int | None:
    """Return how an input is best read: by elements, else by channels, else by features."""
    source = sources.all[index]
    if source.shape is None or len(source.shape) == 0:
        return None
    for axis in (None, 0, -1):
        found = [_units(sources, matrix, index, axis) for matrix in matrices]
        if all(units is None or bool((units != _UNKNOWN).all()) for units in found):
            return axis
    return None


def _merged(summands: list[tuple[int, Tensor]], features: int) -> tuple[Term, ...]:
    """Lay summands that feed different features into one term, and drop repeated ones."""
    terms: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
    for place, found in summands:
        unit = found.numpy().astype(np.int32)
        here = unit != _ABSENT
        if any(_says(term, place, unit, here) for term in terms):
            continue
        free = next((term for term in terms if (term[0][here] == NOTHING).all()), None)
        if free is None:
            free = (np.full(features, NOTHING, np.int32), np.full(features, _UNKNOWN, np.int32))
            terms.append(free)
        free[0][here], free[1][here] = place, unit[here]
    return tuple(Term(producer=producer, unit=unit) for producer, unit in terms)


def _says(
    term: tuple[NDArray[np.int32], NDArray[np.int32]],
    place: int,
    unit: NDArray[np.int32],
    here: NDArray[np.bool_],
) -> bool:
    return bool((term[0][here] == place).all() and (term[1][here] == unit[here]).all())
