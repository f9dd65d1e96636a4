"""From wires and ranks to the edges that a browser draws, under a budget."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from explain.core.network import NEVER, Network
from explain.network.drawing.drawing import Drawing, Wire
from explain.network.drawing.silence import silent_layers
from explain.network.graph import weights_in

BUDGET = 200_000
"""Edges sent to the browser at most: 24 to 36 bytes each."""

Arrays = Mapping[str, NDArray[Any]]
Ranks = Mapping[str, NDArray[np.uint32]]
_DEATH_BITS = 32
_QUARTERS = np.array([0.25, 0.5, 0.75])


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Arrays over edges, the longest-lived first; see `explain.core.network.NetworkView`."""

    source: NDArray[np.uint32]
    target: NDArray[np.uint32]
    dies_at: NDArray[np.uint32]
    weight: NDArray[np.float32]
    strength: NDArray[np.float32]
    count: NDArray[np.uint32]
    thins_at: NDArray[np.uint32]
    total: int


def edges(network: Network, drawn: Drawing, ranks: Ranks, *, budget: int = BUDGET) -> Edges:
    """Return the edges of a drawing: one per pair of nodes that some weight joins, 0 being none.

    Args:
        network: gives the weights.
        drawn: nodes and wires.
        ranks: weight name -> rank at which each of its weights dies, by flat index; a weight that
            is missing never dies.
        budget: the strongest so many edges are kept; strength is the mean |weight| relative to the
            strongest edge of the same weight tensor.
    """
    parts = [_of_wire(network, wire, ranks.get(wire.weight)) for wire in drawn.wires]
    if not parts:
        parts = [_nothing()]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    total = len(joined["source"])
    strongest = np.argsort(-joined["strength"], kind="stable")[:budget]
    by_death = np.lexsort(
        (-joined["strength"][strongest], -joined["dies_at"][strongest].astype(np.int64))
    )
    chosen = strongest[by_death]
    thins = joined["thins_at"][chosen].astype(np.uint32)
    bundles = bool((joined["count"][chosen] > 1).any())
    return Edges(
        source=joined["source"][chosen].astype(np.uint32),
        target=joined["target"][chosen].astype(np.uint32),
        dies_at=joined["dies_at"][chosen].astype(np.uint32),
        weight=joined["weight"][chosen].astype(np.float32),
        strength=joined["strength"][chosen].astype(np.float32),
        count=joined["count"][chosen].astype(np.uint32),
        thins_at=thins if bundles else thins[:0],
        total=total,
    )


def _nothing() -> Arrays:
    names = ("source", "target", "dies_at", "weight", "strength", "count")
    return {name: np.zeros(0) for name in names} | {"thins_at": np.zeros((0, 3))}


def _of_wire(network: Network, wire: Wire, ranks: NDArray[np.uint32] | None) -> Arrays:
    weights = network.get_parameter(wire.weight).detach().double().numpy()
    cells = weights.reshape(*wire.source.shape, -1)
    there = (wire.source >= 0)[..., None] & (cells != 0)
    nodes = 1 + max(int(wire.source.max(initial=0)), int(wire.target.max(initial=0)))
    pair = wire.target[:, None].astype(np.int64) * nodes + np.maximum(wire.source, 0)
    deaths = np.full(cells.shape, NEVER, np.uint32) if ranks is None else ranks.reshape(cells.shape)
    packed = (pair[..., None] << _DEATH_BITS) | deaths
    # The usual case: a mask would copy every cell.
    if there.all():
        return _bundled(packed.reshape(-1), cells.reshape(-1), nodes)
    return _bundled(packed[there], cells[there], nodes)


def _bundled(packed: NDArray[np.int64], values: NDArray[np.float64], nodes: int) -> Arrays:
    """Gather weights that join the same two nodes; the weights of a bundle stand by death.

    `packed`: target · nodes + source, then the death in 32 bits; torch sorts them in a sixth of the
    time that numpy takes for two keys.
    """
    if not packed.size:
        return _nothing()
    found, order = torch.from_numpy(packed).sort()
    pairs, values = found.numpy() >> _DEATH_BITS, values[order.numpy()]
    # The cast keeps the low 32 bits, which are the death.
    deaths = found.numpy().astype(np.uint32)
    starts = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]])
    count = np.diff(np.r_[starts, pairs.size])
    mean = np.add.reduceat(np.abs(values), starts) / count
    quarters = np.ceil(_QUARTERS[None, :] * count[:, None]).astype(np.int64) - 1
    return {
        "source": pairs[starts] % nodes,
        "target": pairs[starts] // nodes,
        "dies_at": deaths[starts + count - 1],
        "weight": np.add.reduceat(values, starts),
        "strength": mean / (mean.max() or 1.0),
        "count": count,
        "thins_at": deaths[starts[:, None] + np.maximum(quarters, 0)],
    }


def unit_deaths(network: Network, drawn: Drawing, found: Edges, ranks: Ranks) -> NDArray[np.uint32]:
    """Return for every node the rank at which it is dead.

    A unit is dead when its last incoming weight is gone, an input when its last outgoing one is; a
    node that stands for several units, with the last of them.
    """
    nodes = sum(layer.drawn for layer in drawn.layers)
    deaths = np.zeros(nodes, np.uint32)
    np.maximum.at(deaths, found.source, found.dies_at)
    weights = weights_in(network)
    for layer in drawn.layers:
        here = slice(layer.first, layer.first + layer.drawn)
        names = weights.get(layer.key, ())
        if layer.kind == "input" or not names:
            continue
        rows = [_row_deaths(network, name, ranks.get(name), layer.units) for name in names]
        deaths[here] = np.maximum.reduceat(np.max(rows, axis=0), layer.members)
    return deaths


def _row_deaths(
    network: Network, name: str, ranks: NDArray[np.uint32] | None, units: int
) -> NDArray[np.uint32]:
    if ranks is None:
        return np.full(units, NEVER, np.uint32)
    rows = len(network.get_parameter(name))
    if rows != units:
        return np.full(units, ranks.max(initial=0), np.uint32)
    deaths: NDArray[np.uint32] = ranks.reshape(rows, -1).max(axis=1, initial=0)
    return deaths


def signature(*parts: object) -> str:
    """Return a short digest of arrays and plain values: equal drawings have equal ones."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.tobytes() if isinstance(part, np.ndarray) else repr(part).encode())
    return digest.hexdigest()[:20]


def silence(network: Network, drawn: Drawing, found: Edges, deaths: NDArray[np.uint32]) -> Edges:
    """Let edges that leave a dead unit die with it, where it gives exactly 0 to the next layer."""
    silent = silent_layers(network)
    until = np.full(len(deaths), NEVER, np.uint32)
    for layer in drawn.layers:
        if layer.key in silent:
            here = slice(layer.first, layer.first + layer.drawn)
            until[here] = deaths[here]
    dies_at = np.minimum(found.dies_at, until[found.source])
    thins_at = found.thins_at
    if thins_at.size:
        thins_at = np.minimum(thins_at, until[found.source][:, None])
    order = np.lexsort((-found.strength, -dies_at.astype(np.int64)))
    return Edges(
        source=found.source[order],
        target=found.target[order],
        dies_at=dies_at[order],
        weight=found.weight[order],
        strength=found.strength[order],
        count=found.count[order],
        thins_at=thins_at[order] if thins_at.size else thins_at,
        total=found.total,
    )
