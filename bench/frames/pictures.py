"""Networks to draw without a model at hand: trained-looking, convolutional, and very large."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explain.core.network import NEVER, NetworkView, ViewLayer

Edges = dict[str, NDArray[np.generic]]
DIGITS = tuple(str(digit) for digit in range(10))


def dense_layers(
    sizes: Sequence[int], titles: Sequence[str], grid: tuple[int, int] | None = None
) -> tuple[ViewLayer, ...]:
    """Return one column of units per size; the last layer of ten units gets digit names."""
    firsts = np.cumsum([0, *sizes])
    return tuple(
        ViewLayer(
            key=title,
            title=title,
            kind="input" if i == 0 else "linear",
            column=i,
            first=int(firsts[i]),
            drawn=size,
            units=size,
            grid=grid if i == 0 else None,
            names=DIGITS if size == 10 and i == len(sizes) - 1 else None,
        )
        for i, (size, title) in enumerate(zip(sizes, titles, strict=True))
    )


def dense_edges(sizes: Sequence[int], seed: int) -> Edges:
    """Return every connection of a dense network: heavy-tailed weights, as training leaves them."""
    rng = np.random.default_rng(seed)
    firsts = np.cumsum([0, *sizes])
    parts = []
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        source, target = np.meshgrid(np.arange(fan_in), np.arange(fan_out), indexing="ij")
        weight = rng.laplace(0.0, 1.0, source.size) / np.sqrt(fan_in)
        weight *= rng.gamma(2.0, 0.5, fan_in)[source.ravel()]
        parts.append((source.ravel() + firsts[i], target.ravel() + firsts[i + 1], weight))
    source, target, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return {"source": source, "target": target, "weight": weight}


def dying_in_order_of(
    layers: tuple[ViewLayer, ...], edges: Edges, order: NDArray[np.floating], sig: str
) -> NetworkView:
    """Return a view whose edges die in ascending `order`, one per rank."""
    count = order.size
    dies = np.empty(count, np.int64)
    dies[np.argsort(order, kind="stable")] = np.arange(1, count + 1)
    last = np.argsort(-dies, kind="stable")
    source, target = edges["source"][last], edges["target"][last]
    weight = edges["weight"][last]
    return NetworkView(
        sig=sig,
        layers=layers,
        source=source.astype(np.uint32),
        target=target.astype(np.uint32),
        dies_at=dies[last].astype(np.uint32),
        weight=weight.astype(np.float32),
        strength=(np.abs(weight) / max(np.abs(weight).max(initial=0.0), 1e-9)).astype(np.float32),
        count=np.ones(count, np.uint32),
        thins_at=np.zeros((0, 3), np.uint32),
        unit_dies_at=unit_deaths(layers, source, target, dies[last]),
        groups=((count, 1),),
        fixed_pruned=0,
        prunable=count,
        edges_total=count,
        weights_total=count,
        zeros=0,
    )


def unit_deaths(
    layers: tuple[ViewLayer, ...],
    source: NDArray[np.generic],
    target: NDArray[np.generic],
    dies: NDArray[np.int64],
) -> NDArray[np.uint32]:
    """Return the rank at which a unit has lost all it receives or all it sends."""
    units = sum(layer.drawn for layer in layers)
    last_in, last_out = np.zeros(units, np.int64), np.zeros(units, np.int64)
    np.maximum.at(last_in, target.astype(np.int64), dies)
    np.maximum.at(last_out, source.astype(np.int64), dies)
    last_in[last_in == 0] = NEVER
    last_out[last_out == 0] = NEVER
    return np.minimum(last_in, last_out).astype(np.uint32)


def digits_mlp(seed: int = 0, order: str = "magnitude") -> NetworkView:
    """Return a 64-64-32-10 network on an 8 by 8 image: 6,464 connections."""
    sizes = (64, 64, 32, 10)
    layers = dense_layers(sizes, ("pixels", "hidden1", "hidden2", "digit"), grid=(8, 8))
    edges = dense_edges(sizes, seed)
    return dying_in_order_of(layers, edges, ordering(edges, order, seed), f"mlp-{order}")


def rectangles(edges: int, order: str, seed: int = 0) -> NetworkView:
    """Return a four-layer network with about that many connections."""
    width = max(4, round((edges / 2.5) ** 0.5))
    sizes = (width, width, width, width // 2)
    layers = dense_layers(sizes, ("input", "hidden1", "hidden2", "output"))
    drawn = dense_edges(sizes, seed)
    return dying_in_order_of(layers, drawn, ordering(drawn, order, seed), f"{order}-{edges}")


def ordering(edges: Edges, order: str, seed: int) -> NDArray[np.floating]:
    """Return what the edges die by: their magnitude, or chance."""
    magnitude = np.abs(edges["weight"]).astype(np.float64)
    if order == "magnitude":
        return magnitude
    return np.random.default_rng(seed + 1).permutation(magnitude.size).astype(np.float64)


def bundled_cnn(seed: int = 0) -> NetworkView:
    """Return a small convolutional network: 3 by 3 kernels as bundles, one skip connection."""
    sizes, columns = (1, 16, 32, 32, 10), (0, 1, 2, 3, 4)
    titles, kinds = (
        ("image", "conv1", "conv2", "conv3", "digit"),
        ("input", *["conv"] * 3, "linear"),
    )
    dense = dense_layers(sizes, titles)
    layers = tuple(
        ViewLayer(
            key=layer.key,
            title=layer.title,
            kind=kind,
            column=column,
            first=layer.first,
            drawn=layer.drawn,
            units=layer.units,
            names=layer.names,
        )
        for layer, kind, column in zip(dense, kinds, columns, strict=True)
    )
    edges = with_skip(dense_edges(sizes, seed), layers[1], layers[3])
    return thinning(dying_in_order_of(layers, edges, ordering(edges, "magnitude", seed), "cnn"))


def with_skip(edges: Edges, start: ViewLayer, end: ViewLayer) -> Edges:
    """Add one-to-one connections that jump over the layers between `start` and `end`."""
    many = min(start.drawn, end.drawn)
    skip = {
        "source": start.first + np.arange(many),
        "target": end.first + np.arange(many),
        "weight": np.full(many, 0.8),
    }
    return {name: np.concatenate([edges[name], skip[name]]) for name in edges}


def thinning(view: NetworkView) -> NetworkView:
    """Let every connection stand for nine weights that die one after the other."""
    share = np.array([0.55, 0.75, 0.9])
    dies = view.dies_at.astype(np.int64) * 9
    return NetworkView(
        sig=view.sig,
        layers=view.layers,
        source=view.source,
        target=view.target,
        dies_at=dies.astype(np.uint32),
        weight=view.weight,
        strength=view.strength,
        count=np.full(dies.size, 9, np.uint32),
        thins_at=(dies[:, None] * share).astype(np.uint32),
        unit_dies_at=np.where(
            view.unit_dies_at == NEVER, NEVER, view.unit_dies_at.astype(np.int64) * 9
        ).astype(np.uint32),
        groups=((9 * dies.size, 1),),
        fixed_pruned=0,
        prunable=9 * dies.size,
        edges_total=dies.size,
        weights_total=9 * dies.size,
        zeros=0,
    )
