"""How alike two explanations of the same sample are: four numbers on signed values.

All take arrays [n, *parts] of equal shape and return one number per row [n], the same for (a, b)
and (b, a), unchanged when one side is multiplied by a positive number, and 1 for equal values.
None of them ranks |values|: the zeros of the input fix those ranks, so that even a network of
random weights scores 0.91 on them.
"""

import math

import numpy as np
from numpy.typing import NDArray

from explain.core.decisions import mean_ranks
from explain.core.errors import InvalidOption, InvalidSubject

Values = NDArray[np.float64]

_WEAK = 0.05


def overlap(one: Values, other: Values) -> Values:
    """Return 1 - ½ Σ|a/Σ|a| - b/Σ|b|| per row, 0..1.

    1: the same shares of the same sign everywhere; 0: nothing in common. Two rows that are zero
    everywhere count as the same (1), a zero row beside any other as nothing in common (0).

    Raises:
        InvalidSubject: the shapes differ.
    """
    a, b = _flat(one, other)
    distance: Values = 1 - 0.5 * np.abs(_shares(a) - _shares(b)).sum(1)
    return np.where(_silent(a) != _silent(b), 0.0, np.clip(distance, 0.0, 1.0))


def sign_agreement(one: Values, other: Values) -> Values:
    """Return the share of parts that speak in both for the same side, 0..1.

    Only parts count at which either side exceeds 5 % of its largest |value|. Two rows that are
    zero everywhere agree (1), a zero row agrees with no other (0).

    Raises:
        InvalidSubject: the shapes differ.
    """
    a, b = _flat(one, other)
    counted = _speaks(a) | _speaks(b)
    same = counted & (np.sign(a) == np.sign(b))
    return np.where(counted.any(1), same.sum(1) / np.maximum(counted.sum(1), 1), 1.0)


def spearman(one: Values, other: Values) -> Values:
    """Return the correlation of the ranks of the signed values per row, -1..1.

    Equal values share their mean rank. Two constant rows have the same order (1), a constant row
    beside any other has none in common with it (0).

    Raises:
        InvalidSubject: the shapes differ.
    """
    a, b = (_centred(_ranked(side)) for side in _flat(one, other))
    lengths = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    constant = (~a.any(1) & ~b.any(1)).astype(np.float64)
    found = np.where(lengths > 0, (a * b).sum(1) / np.where(lengths > 0, lengths, 1.0), constant)
    return np.clip(found, -1.0, 1.0)


def top_k(one: Values, other: Values, k: int) -> Values:
    """Return how many of the k parts that speak most for the output are the same, as a share.

    A row with fewer than k positive values has fewer such parts; the share is of the larger set.
    Equal values are taken in the order of the parts. Where neither row has a positive value the
    share is 1, where only one has, 0.

    Raises:
        InvalidSubject: the shapes differ.
        InvalidOption: k below 1.
    """
    if k < 1:
        raise InvalidOption("attribution.no_top", k=k)
    a, b = (_leading(side, k) for side in _flat(one, other))
    larger = np.maximum(a.sum(1), b.sum(1))
    return np.where(larger > 0, (a & b).sum(1) / np.maximum(larger, 1), 1.0)


def strongest(parts: int) -> int:
    """Return how many parts `top_k` compares by default: 10, a quarter where there are few."""
    return max(1, min(10, parts // 4))


def _flat(one: Values, other: Values) -> tuple[Values, Values]:
    if one.shape != other.shape or one.ndim < 2:
        here, there = str(one.shape), str(other.shape)
        raise InvalidSubject("attribution.other_shapes", shape=here, other=there)
    return _rows(one), _rows(other)


def _rows(values: Values) -> Values:
    """Return [n, parts] with the largest |value| of each row scaled to 1: no sum overflows."""
    flat = np.asarray(values, np.float64).reshape(len(values), math.prod(values.shape[1:]))
    largest = np.abs(flat).max(1, keepdims=True, initial=0.0)
    return flat / np.where(largest > 0, largest, 1.0)


def _silent(flat: Values) -> NDArray[np.bool_]:
    return np.asarray(~flat.any(1))


def _shares(flat: Values) -> Values:
    total = np.abs(flat).sum(1, keepdims=True)
    return flat / np.where(total > 0, total, 1.0)


def _speaks(flat: Values) -> NDArray[np.bool_]:
    return np.asarray(np.abs(flat) > _WEAK)


def _ranked(flat: Values) -> Values:
    return np.array([mean_ranks(row) for row in flat]).reshape(flat.shape)


def _centred(ranks: Values) -> Values:
    return np.asarray(ranks - (ranks.shape[1] + 1) / 2)


def _leading(flat: Values, k: int) -> NDArray[np.bool_]:
    """Return which parts are among the k largest of their row and positive."""
    first = np.argsort(-flat, axis=1, kind="stable")[:, :k]
    leading = np.zeros(flat.shape, np.bool_)
    np.put_along_axis(leading, first, values=True, axis=1)
    return leading & (flat > 0)
