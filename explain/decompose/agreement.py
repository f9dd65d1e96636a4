"""How far two splits of the same units agree."""

import numpy as np
from numpy.typing import NDArray


def adjusted_rand(one: NDArray[np.int64], other: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index: 1 the same split, 0 what chance would give, below 0 less.

    Two splits that both leave everything in one group agree fully.
    Source: Hubert and Arabie 1985, "Comparing partitions", equation 5.
    """
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1)
    together = _pairs(table).sum()
    rows, columns = _pairs(table.sum(1)).sum(), _pairs(table.sum(0)).sum()
    expected = rows * columns / max(1.0, float(_pairs(np.array([len(one)])).sum()))
    most = (rows + columns) / 2
    return 1.0 if most == expected else float((together - expected) / (most - expected))


def _pairs(counts: NDArray[np.generic]) -> NDArray[np.float64]:
    return np.asarray(counts, np.float64) * (np.asarray(counts, np.float64) - 1) / 2
