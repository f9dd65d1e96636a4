"""Sets of modules, as boolean rows: which to evaluate, each once."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption

MOST = 62
"""Modules whose sets fit into one integer."""

Coalitions = NDArray[np.bool_]


def every(players: int) -> Coalitions:
    """Return all sets [2^K, K]; the set at place p holds the modules that are bits of p."""
    return ((np.arange(2**players)[:, None] >> np.arange(players)) & 1).astype(np.bool_)


def check_orders(count: int) -> None:
    """Refuse a number of orders that cannot be paired.

    Raises:
        InvalidOption: an odd number of orders, or fewer than four.
    """
    if count < 4 or count % 2:
        raise InvalidOption("decompose.odd_orders", count=count)


def orders(players: int, count: int, seed: int) -> NDArray[np.int64]:
    """Return random orders [count, K]; each second one is the one before it, turned round.

    Raises:
        InvalidOption: an odd number of orders, or fewer than four.
    """
    check_orders(count)
    generator = np.random.default_rng(seed)
    forward = generator.permuted(np.tile(np.arange(players), (count // 2, 1)), axis=1)
    return np.stack([forward, forward[:, ::-1]], axis=1).reshape(count, players)


def prefixes(given: NDArray[np.int64]) -> Coalitions:
    """Return the sets that orders [P, K] pass through [P, K + 1, K], from none to all."""
    place = np.argsort(given, axis=1)
    return np.asarray(place[:, None, :] < np.arange(given.shape[1] + 1)[None, :, None])


def codes(coalitions: Coalitions) -> NDArray[np.int64]:
    """Return one number for each set [..., K]: module k is bit k."""
    bits: NDArray[np.int64] = coalitions @ (1 << np.arange(coalitions.shape[-1], dtype=np.int64))
    return bits


def index_of(coalitions: Coalitions) -> tuple[Coalitions, NDArray[np.int64]]:
    """Return the different ones among sets [..., K], and for each [...] which of them it is."""
    found, first, place = np.unique(codes(coalitions), return_index=True, return_inverse=True)
    distinct = coalitions.reshape(-1, coalitions.shape[-1])[first]
    return distinct.reshape(len(found), -1), place.reshape(coalitions.shape[:-1])


def weight(before: NDArray[np.int64], players: int) -> NDArray[np.float64]:
    """Return 1 / (K · C(K - 1, s)) for sets of s others: Shapley's weight of a marginal."""
    return np.array([1 / (players * comb(players - 1, int(s))) for s in before])
