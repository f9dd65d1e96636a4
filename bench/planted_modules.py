"""Print how well planted modules are found: `python -m bench.planted_modules`.

Networks with a known right answer (`bench.planted`), dense and pruned by magnitude within each
layer. Mean adjusted Rand index over hidden units that answer anything, and over all of them (a unit
that died in training belongs to no module but by name). Every row says whether the method was told
the number of modules. Below: how often the number was found by parallel analysis, and how often
networks without planted modules were said to have some (random weights and one task learnt as a
whole, dense and pruned), each also with dead units, unlike columns and unlike rows. METIS takes
part where `pymetis` is installed.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import mean

import numpy as np

import explain
from bench.metis import by_metis, has_metis
from bench.planted import UNLIKE, Planted, blocks, control, planted, trained_control, unlike
from explain.core.partition import UnitLabels
from explain.core.resources import use_one_thread
from explain.core.subject import Subject
from explain.decompose import adjusted_rand, partition
from explain.decompose.partitioning import unit_graph_of

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
    how: str
    network: Planted


def cells(
    kind: str,
    seed: int,
    *,
    counts: Sequence[int] = COUNTS,
    leaks: Sequence[float] = LEAKS,
    amounts: Sequence[float] = AMOUNTS,
    unlikes: Sequence[str] = UNLIKE[:1],
) -> Iterator[Cell]:
    """Yield every combination of one seed; its networks are trained once."""
    parts = blocks(kind, max(counts), seed=seed)
    for count in counts:
        for leak in leaks:
            for how in unlikes:
                dense = unlike(planted(kind, parts[:count], leak=leak, seed=seed), how, seed)
                yield from _pruned_cells(dense, count, leak, how, amounts)


def _pruned_cells(
    dense: Planted, count: int, leak: float, how: str, amounts: Sequence[float]
) -> Iterator[Cell]:
    for amount in amounts:
        network = replace(dense, subject=_pruned(dense.subject, amount))
        yield Cell(count=count, leak=leak, amount=amount, how=how, network=network)


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
    parser.add_argument("--first-seed", type=int, default=0, help="others than a bar was chosen on")
    parser.add_argument("--controls", type=int, default=24, help="networks without modules")
    options = parser.parse_args()
    use_one_thread()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    controls = range(options.first_seed, options.first_seed + options.controls)
    methods = [m for m in options.methods.split(",") if m != "metis" or has_metis()]
    for kind in options.kinds.split(","):
        started = time.perf_counter()
        everything = [cell for seed in seeds for cell in cells(kind, seed)]
        print(f"{kind}: {len(everything)} networks of {len(seeds)} seeds; adjusted Rand index")
        print(_HEAD, flush=True)
        for method in methods:
            for given in (True, False) if method in FINDING else (True,):
                print(_row(method, everything, given=given), flush=True)
        print(_counts(kind, seeds), flush=True)
        print(_controls(kind, controls), flush=True)
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


def _counts(kind: str, seeds: Sequence[int]) -> str:
    """Return a line for each way in which planted networks are unlike."""
    found: dict[str, list[tuple[float, bool]]] = {how: [] for how in UNLIKE}
    for seed in seeds:
        for cell in cells(kind, seed, unlikes=UNLIKE):
            right = found_count(cell.network.subject) == cell.count
            found[cell.how].append((cell.leak, right))
    return "\n".join(
        f"  number of modules found, not told, {how}: {sum(ok for _, ok in pairs)}/{len(pairs)}; "
        + ", ".join(
            f"leak {leak} {mean(ok for own, ok in pairs if own == leak):.2f}" for leak in LEAKS
        )
        for how, pairs in found.items()
    )


def _controls(kind: str, seeds: Sequence[int]) -> str:
    """Return a line for each way in which networks without modules are unlike."""
    alarms = dict.fromkeys(UNLIKE, 0)
    for seed in seeds:
        for make in (control, trained_control):
            network = _alone(make(kind, 2 + seed % 3, seed=seed))
            for how in UNLIKE:
                subject = unlike(network, how, seed).subject
                alarms[how] += sum(found_count(_pruned(subject, amount)) > 1 for amount in AMOUNTS)
    each = 2 * len(seeds) * len(AMOUNTS)
    return "\n".join(
        f"  modules said of a network without, {how}: {alarms[how]}/{each}" for how in UNLIKE
    )


def _alone(subject: Subject) -> Planted:
    """Return a network in which nothing is planted as one of a single module."""
    sizes = {group.key: group.units for group in unit_graph_of(subject).hidden_layers}
    return Planted(
        subject=subject,
        truth={layer: np.zeros(units, np.int64) for layer, units in sizes.items()},
        alive={layer: np.ones(units, np.bool_) for layer, units in sizes.items()},
    )


if __name__ == "__main__":
    main()
