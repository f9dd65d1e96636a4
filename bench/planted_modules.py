"""Print how well planted modules are found: `python -m bench.planted_modules`.

Networks with a known right answer (`bench.planted`), dense and pruned by magnitude within each
layer. Mean adjusted Rand index over all cells with the number of modules given; beside it how
often the number was found by parallel analysis, and how often networks of random weights were said
to have none.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from torch import nn

import explain
from bench.planted import Planted, blocks, control, planted
from explain.core.subject import Subject
from explain.core.threads import use_one_thread
from explain.decompose import adjusted_rand, partition

__all__ = ["Cell", "cells", "found_count", "recovered"]

METHODS = (
    "layered-null",
    "hidden-n-cut",
    "n-cut",
    "louvain",
    "greedy-modularity",
    "minimal-communication",
    "activation-correlation",
)
COUNTS = (2, 3, 4)
LEAKS = (0.1, 0.3, 0.5, 0.8)
AMOUNTS = (0.0, 0.5, 0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One planted network at one amount."""

    count: int
    leak: float
    amount: float
    network: Planted


def cells(
    kind: str,
    seed: int,
    *,
    counts: Sequence[int] = COUNTS,
    leaks: Sequence[float] = LEAKS,
    amounts: Sequence[float] = AMOUNTS,
) -> Iterator[Cell]:
    """Yield every combination of one seed; its networks are trained once."""
    parts = blocks(kind, max(counts), seed=seed)
    for count in counts:
        for leak in leaks:
            yield from _pruned_cells(kind, parts[:count], leak, amounts, seed)


def _pruned_cells(
    kind: str, parts: Sequence[nn.Sequential], leak: float, amounts: Sequence[float], seed: int
) -> Iterator[Cell]:
    dense = planted(kind, parts, leak=leak, seed=seed)
    for amount in amounts:
        network = Planted(subject=_pruned(dense.subject, amount), truth=dense.truth)
        yield Cell(count=len(parts), leak=leak, amount=amount, network=network)


def _pruned(subject: Subject, amount: float) -> Subject:
    plan = explain.PruningPlan(amount=amount, scope="layer")
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def recovered(cell: Cell, method: str) -> float:
    """Return the mean adjusted Rand index over the hidden layers together, modules given."""
    parts = partition(cell.network.subject, method, k=cell.count)
    layers = list(cell.network.truth)
    return adjusted_rand(
        _joined([cell.network.truth[layer] for layer in layers]),
        _joined([parts.labels[layer] for layer in layers]),
    )


def found_count(subject: Subject) -> int:
    """Return the number of modules by parallel analysis."""
    return partition(subject).count


def main() -> None:
    """Print one table for each kind of network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default="mlp,cnn", help="with commas")
    parser.add_argument("--methods", default=",".join(METHODS), help="keys, with commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--controls", type=int, default=24, help="networks of random weights")
    options = parser.parse_args()
    use_one_thread()
    for kind in options.kinds.split(","):
        everything = [cell for seed in range(options.seeds) for cell in cells(kind, seed)]
        print(f"{kind}: {len(everything)} networks; adjusted Rand index, number of modules given")
        header = "".join(f"{f'leak {leak}':>10}" for leak in LEAKS)
        print(f"  {'':<24}{'all':>8}{'dense':>8}{header}", flush=True)
        for method in options.methods.split(","):
            print(_row(method, everything), flush=True)
        print(_counts(kind, everything, options.controls), flush=True)


def _row(method: str, everything: Sequence[Cell]) -> str:
    values = [recovered(cell, method) for cell in everything]
    pairs = list(zip(everything, values, strict=True))
    dense = mean(v for cell, v in pairs if cell.amount == 0)
    by_leak = [mean(v for cell, v in pairs if cell.leak == leak) for leak in LEAKS]
    line = "".join(f"{value:>10.2f}" for value in by_leak)
    return f"  {method:<24}{mean(values):>8.3f}{dense:>8.3f}{line}"


def _counts(kind: str, everything: Sequence[Cell], controls: int) -> str:
    right = [found_count(cell.network.subject) == cell.count for cell in everything]
    clear = [ok for ok, cell in zip(right, everything, strict=True) if cell.leak <= 0.5]
    none = [found_count(control(kind, 2 + i % 3, seed=i)) == 1 for i in range(controls)]
    return (
        f"  number of modules found, not given: {sum(right)}/{len(right)} "
        f"(leak up to 0.5: {sum(clear)}/{len(clear)}); "
        f"none found in {sum(none)}/{len(none)} networks of random weights"
    )


def _joined(labels: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate(labels)


if __name__ == "__main__":
    main()
