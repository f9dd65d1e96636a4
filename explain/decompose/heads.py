"""Links between units, those through attention, and which units belong to which head."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.network import Network
from explain.network import Heads, separable_heads

_STEERING, _VALUE = (0, 1), 2


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


def attention_links(network: Network, layer: str) -> list[Link]:
    """Return the links from queries, keys and values to the layer that reads the heads' answers.

    A value's unit feeds the feature of its own place in its head. The units of a query and of a
    key steer all features of their head, each with an equal share. Which unit and which feature
    belong to a head is followed through the steps; an attention whose heads cannot be told apart
    gives none.
    """
    heads = next((one for one in separable_heads(network) if layer in one.columns), None)
    if heads is None:
        return []
    found = [
        link
        for source in heads.rows
        for role in (_VALUE, *_STEERING)
        for link in _links(heads, layer, source, role)
    ]
    return sorted(found, key=lambda link: link.share != 1.0)


def _links(heads: Heads, layer: str, source: str, role: int) -> list[Link]:
    """Return the link from the units that a layer has in one role, if it has any."""
    pairs = [
        _pairs(
            np.flatnonzero(heads.columns[layer] == head),
            np.flatnonzero((heads.rows[source] == head) & (heads.roles[source] == role)),
            role,
        )
        for head in range(heads.count)
    ]
    features, units = (np.concatenate(side) for side in zip(*pairs, strict=True))
    if not len(units):
        return []
    per_feature = len(units) / len(np.unique(features))
    return [
        Link(
            source=source,
            target=layer,
            features=features,
            units=units,
            share=1.0 if role == _VALUE else 1 / per_feature,
            through_heads=heads.count,
        )
    ]


def _pairs(
    features: NDArray[np.int64], units: NDArray[np.int64], role: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which feature of a head meets which unit; a value that heads share feeds each."""
    if role == _VALUE and len(units):
        return features, np.resize(units, len(features))
    return np.repeat(features, len(units)), np.tile(units, len(features))
