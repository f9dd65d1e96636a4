"""Links between units, those through attention, and which units belong to which head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.network import Network
from explain.network import InputMap
from explain.network.operations import ScaledDotProductAttention


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Feature `features[i]` of layer `target` comes from unit `units[i]` of `source`.

    A weight that reads a feature joins its row with the feature's unit, with `share` of its size.
    `through_heads`: the number of attention heads between the two, 0 where there are none.
    """

    source: str
    target: str
    features: NDArray[np.int64]
    units: NDArray[np.int64]
    share: float = 1.0
    through_heads: int = 0


def heads_of(network: Network, features: int) -> int:
    """Return the number of heads whose answers side by side make so many features; 0: none."""
    for info in network.layers:
        module = network.get_submodule(info.name)
        shape = info.output_shape
        if isinstance(module, ScaledDotProductAttention) and len(shape) == 3:
            heads, _, width = shape
            if heads * width == features:
                return heads
    return 0


def attention_links(network: Network, layer: str, inputs: InputMap) -> list[Link]:
    """Return the links from queries, keys and values to the layer that reads the heads' answers.

    A value's unit feeds the feature of its own place. The units of a query and of a key steer all
    features of their head, each with an equal share. Attention that is written out by hand
    (matrix products) gives none: which unit stands where cannot be told.
    """
    features = len(network.get_parameter(f"{layer}.weight")[0])
    heads = heads_of(network, features)
    mixed = _mixed(inputs)
    if not heads or not mixed:
        return []
    values, steering = _roles(network, mixed, features)
    found = [_value_link(source, layer, first, features, heads) for source, first in values]
    return found + [
        _steering_link(source, layer, first, features, heads) for source, first in steering
    ]


def _mixed(inputs: InputMap) -> list[str]:
    """Return the producers that some step mixed so that only the whole is known."""
    places = {
        int(place)
        for term in inputs.terms
        for place in np.unique(term.producer[(term.unit < 0) & (term.producer >= 0)])
    }
    return [inputs.producers[place] for place in sorted(places)]


def _roles(
    network: Network, mixed: list[str], features: int
) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Return (layer, first unit) of values and of queries and keys; packed ones stand q, k, v."""
    values, steering = [], []
    known = {name for name, _ in network.named_modules()}
    rows = {n: len(network.get_parameter(f"{n}.weight")) for n in mixed if n in known}
    packed = [name for name in rows if rows[name] == 3 * features]
    for name in packed:
        steering += [(name, 0), (name, features)]
        values.append((name, 2 * features))
    apart = [name for name in rows if rows[name] == features]
    if len(apart) == 3:
        steering += [(apart[0], 0), (apart[1], 0)]
        values.append((apart[2], 0))
    return values, steering


def _value_link(source: str, layer: str, first: int, features: int, heads: int) -> Link:
    units = np.arange(features)
    return Link(
        source=source, target=layer, features=units, units=units + first, through_heads=heads
    )


def _steering_link(source: str, layer: str, first: int, features: int, heads: int) -> Link:
    width = features // heads
    read = np.repeat(np.arange(features), width)
    within = np.tile(np.arange(width), features)
    units = first + read // width * width + within
    return Link(
        source=source,
        target=layer,
        features=read,
        units=units,
        share=1 / width,
        through_heads=heads,
    )
