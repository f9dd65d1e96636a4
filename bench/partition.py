"""Print what a partition costs: `python -m bench.partition`.

CPU time of the steps of the layered-null method on a multilayer perceptron with 1.8 million
weights, dense and pruned by magnitude, and of the methods of networkx where they take it.
"""

import argparse
from collections.abc import Callable
from itertools import pairwise
from statistics import median

import torch
from torch import nn

import explain
from bench.timing import take_turns
from explain.core.resources import use_one_thread
from explain.core.subject import Samples, Subject
from explain.decompose import partition, partitioner
from explain.decompose.layered import largest_eigenvalue, layered_spectrum
from explain.decompose.partitioning import unit_graph_of

AMOUNTS = (0.0, 0.8, 0.95)
MODULES = 8


def perceptron(widths: tuple[int, ...] = (784, 1000, 1000, 10)) -> Subject:
    """Return a perceptron of random weights; the default has 1.79 million of them."""
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for one, other in pairwise(widths):
            layers += [nn.Linear(one, other), nn.ReLU()]
        inputs = torch.randn(4, widths[0])
    network = nn.Sequential(*layers[:-1]).eval()
    return explain.subject(network, Samples(inputs=(inputs,), targets=torch.arange(4)))


def steps(subject: Subject, *, whole: bool) -> dict[str, Callable[[], object]]:
    """Return the steps to time by name; `whole` adds complete partitions."""
    graph = unit_graph_of(subject)
    found: dict[str, Callable[[], object]] = {
        "graph of units": lambda: unit_graph_of(subject),
        f"{MODULES - 1} leading eigenvectors": lambda: layered_spectrum(graph, MODULES - 1),
        "largest eigenvalue": lambda: largest_eigenvalue(graph),
        f"partition, k = {MODULES}": lambda: partition(subject, k=MODULES),
    }
    if whole:
        found["partition, k estimated"] = lambda: partition(subject)
    if partitioner("louvain").fits(subject) is None:
        found["Louvain (networkx)"] = lambda: partition(subject, "louvain")
    return found


def main() -> None:
    """Print one table for each amount."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="also estimate k (20 null networks)")
    options = parser.parse_args()
    use_one_thread()
    dense = perceptron()
    scores = explain.score(dense, explain.PruningPlan())
    for amount in AMOUNTS:
        masks = explain.select(scores, explain.PruningPlan(amount=amount))
        subject = explain.prune(dense, masks)
        print(f"{masks.kept:,} of {masks.total:,} weights: CPU ms, median of {options.rounds}")
        for name, times in take_turns(steps(subject, whole=options.whole), options.rounds).items():
            print(f"  {name:<28}{1000 * median(times.cpu):>10.1f}", flush=True)


if __name__ == "__main__":
    main()
