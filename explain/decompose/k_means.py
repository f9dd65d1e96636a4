"""k-means with careful seeding, the best of several starts."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

_STARTS = 10
_MOST_ROUNDS = 100


def k_means(points: Points, count: int, *, seed: int = 0) -> NDArray[np.int64]:
    """Return the cluster 0..count-1 of each point [n, dimensions].

    Lloyd's algorithm from 10 k-means++ starts (Arthur and Vassilvitskii 2007); the start with the
    smallest sum of squares wins. Fewer distinct points than clusters leave clusters unused.
    """
    random = np.random.default_rng(seed)
    found = [_lloyd(points, _seeds(points, count, random)) for _ in range(_STARTS)]
    return min(found, key=lambda pair: pair[1])[0]


def _seeds(points: Points, count: int, random: np.random.Generator) -> Points:
    """Draw far-apart points: each with a chance as large as its squared distance to the drawn."""
    chosen = [int(random.integers(len(points)))]
    nearest = _squares(points, points[chosen])[:, 0]
    while len(chosen) < count:
        total = nearest.sum()
        chances = nearest / total if total > 0 else None
        chosen.append(int(random.choice(len(points), p=chances)))
        nearest = np.minimum(nearest, _squares(points, points[chosen[-1:]])[:, 0])
    return points[chosen]


def _lloyd(points: Points, centres: Points) -> tuple[NDArray[np.int64], float]:
    labels = np.full(len(points), -1)
    for _ in range(_MOST_ROUNDS):
        distances = _squares(points, centres)
        moved = distances.argmin(1)
        if np.array_equal(moved, labels):
            break
        labels = moved
        centres = _means(points, labels, centres)
    return labels.astype(np.int64), float(_squares(points, centres).min(1).sum())


def _means(points: Points, labels: NDArray[np.int64], centres: Points) -> Points:
    """Return the mean of each cluster; an empty one keeps its centre."""
    members = (labels[:, None] == np.arange(len(centres))).astype(np.float64)
    counts, sums = members.sum(0), members.T @ points
    return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)


def _squares(points: Points, centres: Points) -> Points:
    """Return the squared distances [points, centres]."""
    cross = points @ centres.T
    found = (points**2).sum(1)[:, None] - 2 * cross + (centres**2).sum(1)[None, :]
    return np.asarray(np.maximum(found, 0.0))
