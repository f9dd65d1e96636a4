"""Sets of modules as boolean rows, each evaluated once, and intervals over rows and orders."""

from math import comb

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidOption
from explain.core.intervals import FEW, half_width, intervals

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


Values = NDArray[np.float64]


def of_means(per_row: Values, sampling: Values) -> tuple[Values, Values, Values]:
    """Return means [...] of values [n, ...] and the ends of their 95 % intervals.

    Over rows by bootstrap, over 20 or fewer by Student's t, since the bootstrap of few rows is too
    narrow (of 2 it covers half); `sampling` [...], half the width of an independent interval, is
    added in quadrature. A single row has no spread over rows.
    """
    mean = per_row.mean(0)
    if len(per_row) == 1:
        return mean, mean - sampling, mean + sampling
    if len(per_row) <= FEW:
        width = np.hypot(half_width(per_row), sampling)
        return mean, mean - width, mean + width
    low, high = intervals(per_row)
    return mean, mean - np.hypot(mean - low, sampling), mean + np.hypot(high - mean, sampling)


def of_one_row(draws: Values) -> Values:
    """Return half the 95 % interval [...] of one row's mean over draws [draws, n, ...].

    0 where there is one draw, and for several rows: each has draws of its own, so that the spread
    over rows holds theirs.
    """
    if len(draws) == 1 or draws.shape[1] > 1:
        return np.zeros(draws.shape[2:])
    return half_width(draws[:, 0])
