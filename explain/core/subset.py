"""A fixed, stratified choice of samples, for data too large to evaluate at every slider move."""

import numpy as np
from numpy.typing import NDArray

from explain.core.subject import Subject

LIMIT = 2_000
"""Samples evaluated by default."""


def evaluation_rows(subject: Subject, limit: int | None = LIMIT) -> NDArray[np.int64]:
    """Return the rows to evaluate, ascending: all, or `limit` of them by class share.

    The choice is fixed: it depends on the data alone. Every class keeps its share to within one
    sample (largest remainders); sets of labels and values are chosen from all alike. `limit=None`
    takes all.
    """
    count = subject.samples.count
    if limit is None or count <= limit:
        return np.arange(count)
    generator = np.random.default_rng(0)
    labels = _strata(subject)
    chosen = [
        generator.permutation(np.flatnonzero(labels == label))[:share]
        for label, share in _shares(labels, limit)
    ]
    return np.sort(np.concatenate(chosen))


def _strata(subject: Subject) -> NDArray[np.int64]:
    targets = subject.samples.targets
    if targets is None or subject.task.kind in {"regression", "multilabel"}:
        return np.zeros(subject.samples.count, np.int64)
    return targets.numpy().astype(np.int64)


def _shares(labels: NDArray[np.int64], limit: int) -> list[tuple[int, int]]:
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * (limit / len(labels))
    shares = np.floor(exact).astype(np.int64)
    rest = np.argsort(shares - exact, kind="stable")[: limit - int(shares.sum())]
    shares[rest] += 1
    return list(zip(classes.tolist(), shares.tolist(), strict=True))
