"""Print how well planted modules are found: `python -m bench.planted_modules`.

Networks with a known right answer (`bench.planted`), dense and pruned by magnitude within each
layer. Mean adjusted Rand index over hidden units that answer anything, and over all of them (a unit
that died in training belongs to no module but by name). Every row says whether the method was told
the number of modules. Below: how often the number was found by parallel analysis, and how often
networks without planted modules were said to have none. METIS takes part where `pymetis` is
installed.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

import numpy as np
from torch import nn

import explain
from bench.metis import by_metis, has_metis
from bench.planted import Planted, blocks, control, planted, trained_control
from explain.core.partition import UnitLabels
from explain.core.resources import use_one_thread
from explain.core.subject import Subject
from explain.decompose import adjusted_rand, partition

METHODS = (
    "layered-null",
    "hidden-n-cut",
    "n-cut",
    "louvain",
    "greedy-modularity",
    "minimal-communication",
    "metis",
    "activation-correlation",
)
FINDING = ("layered-null", "louvain", "greedy-modularity")
"""Methods that are also asked without the number of modules."""
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
        network = replace(dense, subject=_pruned(dense.subject, amount))
        yield Cell(count=len(parts), leak=leak, amount=amount, network=network)


def _pruned(subject: Subject, amount: float) -> Subject:
    plan = explain.PruningPlan(amount=amount, scope="layer")
    return explain.prune(subject, explain.select(explain.score(subject, plan), plan))


def recovered(cell: Cell, method: str) -> float:
    """Return the adjusted Rand index of a method that is told the number of modules."""
    return agreement(cell, split(cell, method, given=True))


def agreement(cell: Cell, labels: UnitLabels, *, dead_too: bool = False) -> float:
    """Return the adjusted Rand index with the truth over the hidden units of all layers together.

    `dead_too`: also over units that answer nothing, whose planted module nobody can tell.
    """
    layers = list(cell.network.truth)
    counted = np.concatenate([cell.network.alive[layer] for layer in layers]) | dead_too
    return adjusted_rand(
        np.concatenate([cell.network.truth[layer] for layer in layers])[counted],
        np.concatenate([labels[layer] for layer in layers])[counted] + 1,
    )


def split(cell: Cell, method: str, *, given: bool) -> UnitLabels:
    """Return the labels that a method of the catalog, or METIS, gives."""
    subject = cell.network.subject
    if method == "metis":
        return by_metis(subject, cell.count)
    return partition(subject, method, k=cell.count if given else None).labels


def found_count(subject: Subject) -> int:
    """Return the number of modules by parallel analysis."""
    return partition(subject).count


def main() -> None:
    """Print one table for each kind of network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", default="mlp,cnn", help="with commas")
    parser.add_argument("--methods", default=",".join(METHODS), help="keys, with commas")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--controls", type=int, default=24, help="networks without modules")
    options = parser.parse_args()
    use_one_thread()
    methods = [m for m in options.methods.split(",") if m != "metis" or has_metis()]
    for kind in options.kinds.split(","):
        started = time.perf_counter()
        everything = [cell for seed in range(options.seeds) for cell in cells(kind, seed)]
        print(f"{kind}: {len(everything)} networks of {options.seeds} seeds; adjusted Rand index")
        print(_HEAD, flush=True)
        for method in methods:
            for given in (True, False) if method in FINDING else (True,):
                print(_row(method, everything, given=given), flush=True)
        print(_counts(everything), flush=True)
        print(_controls(kind, options.controls), flush=True)
        print(f"  {time.perf_counter() - started:.0f} s in all\n", flush=True)


_HEAD = (
    f"  {'':<24}{'told k':>8}{'live':>7}{'all':>7}{'dense':>7}"
    + "".join(f"{f'{100 * amount:.0f} %':>7}" for amount in AMOUNTS[1:])
    + "".join(f"{f'leak {leak}':>10}" for leak in LEAKS)
    + f"{'ms':>8}"
)


def _row(method: str, everything: Sequence[Cell], *, given: bool) -> str:
    started = time.process_time()
    labels = [split(cell, method, given=given) for cell in everything]
    spent = (time.process_time() - started) / len(everything)
    values = [agreement(*pair) for pair in zip(everything, labels, strict=True)]
    whole = mean(agreement(*pair, dead_too=True) for pair in zip(everything, labels, strict=True))
    pairs = list(zip(everything, values, strict=True))
    by_amount = [mean(v for cell, v in pairs if cell.amount == amount) for amount in AMOUNTS]
    by_leak = [mean(v for cell, v in pairs if cell.leak == leak) for leak in LEAKS]
    line = "".join(f"{value:>7.3f}" for value in (mean(values), whole, *by_amount))
    line += "".join(f"{value:>10.2f}" for value in by_leak)
    return f"  {method:<24}{'yes' if given else 'no':>8}{line}{1000 * spent:>8.0f}"


def _counts(everything: Sequence[Cell]) -> str:
    right = [found_count(cell.network.subject) == cell.count for cell in everything]
    clear = [ok for ok, cell in zip(right, everything, strict=True) if cell.leak <= 0.5]
    return (
        f"  number of modules found, not told: {sum(right)}/{len(right)} "
        f"(leak up to 0.5: {sum(clear)}/{len(clear)})"
    )


def _controls(kind: str, count: int) -> str:
    none = [found_count(control(kind, 2 + i % 3, seed=i)) == 1 for i in range(count)]
    trained = [found_count(trained_control(kind, 2 + i % 3, seed=i)) == 1 for i in range(count)]
    return (
        f"  no modules said: {sum(none)}/{count} networks of random weights, "
        f"{sum(trained)}/{count} networks trained as a whole on one task"
    )


if __name__ == "__main__":
    main()
