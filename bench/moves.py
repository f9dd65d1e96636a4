"""Print what a slider move costs with the forward pass after it: `python -m bench.moves`.

A move selects a new amount, makes a masked copy of the subject and runs it once. Beside it stands
the least that any masked copy could cost: the dense forward plus one copy of the weights.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn

import explain
from bench.masks import amounts, copies
from bench.networks import Classifier, ResNet18
from bench.timing import Times, ratio, take_turns
from explain.core.resources import use_one_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network and the shape of what it looks at."""

    name: str
    build: Callable[[], nn.Module]
    shape: tuple[int, ...]


CASES = (
    Case(name="ResNet-18, 1 x 3 x 64 x 64", build=ResNet18, shape=(1, 3, 64, 64)),
    Case(name="ResNet-18, 16 x 3 x 64 x 64", build=ResNet18, shape=(16, 3, 64, 64)),
    Case(name="ResNet-18, 1 x 3 x 224 x 224", build=ResNet18, shape=(1, 3, 224, 224)),
    Case(name="encoder, 1 x 128 words", build=Classifier, shape=(1, 128, 512)),
    Case(name="encoder, 8 x 128 words", build=Classifier, shape=(8, 128, 512)),
)
CLOCKS = ("dense", "prune", "copy")


def measure(case: Case, rounds: int) -> dict[str, Times]:
    """Return the times of the dense forward, the move, the pruning in it, and a copy.

    "reused" is the move that writes over the masked copy of the move before.
    """
    torch.manual_seed(0)
    inputs = torch.randn(case.shape)
    subject = explain.subject(case.build().eval(), inputs)
    plan, series = explain.PruningPlan(), amounts()
    scores = explain.score(subject, plan)
    weights = {t.name: subject.network.get_parameter(t.name).detach() for t in scores.tensors}

    def pruned() -> explain.Subject:
        return explain.prune(subject, explain.select(scores, plan.at(next(series))))

    spare = [pruned()]

    def reused() -> explain.Subject:
        masks = explain.select(scores, plan.at(next(series)))
        spare.append(explain.prune(subject, masks, reuse=spare.pop()))
        return spare[0]

    def run(one: explain.Subject) -> Tensor:
        with torch.no_grad():
            return one.network(inputs)

    cases: dict[str, Callable[[], object]] = {
        "dense": lambda: run(subject),
        "move": lambda: run(pruned()),
        "reused": lambda: run(reused()),
        "prune": pruned,
        "copy": copies(weights, {name: weight.clone() for name, weight in weights.items()}),
    }
    return take_turns(cases, rounds)


def line(case: Case, times: dict[str, Times]) -> str:
    """Return one line of the table."""
    dense = times["dense"]
    shares = (
        ratio(times["move"].cpu, dense.cpu),
        ratio(times["move"].wall, dense.wall),
        ratio(times["reused"].cpu, dense.cpu),
        1 + ratio(times["copy"].cpu, dense.cpu),
    )
    clocks = (1000 * median(times[name].cpu) for name in CLOCKS)
    ratios = "".join(f"{share:>8.2f}" for share in shares)
    return f"{case.name:<30}{ratios}" + "".join(f"{value:>8.1f}" for value in clocks)


def main() -> None:
    """Print the table; the goal is a move of at most 1.2 dense forwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    use_one_thread()
    print("Slider move with its forward / dense forward, medians of paired rounds; CPU ms beside.")
    heads = ("x CPU", "x wall", "reused", "least", *CLOCKS)
    print(" " * 30 + "".join(f"{head:>8}" for head in heads))
    for case in CASES:
        print(line(case, measure(case, options.rounds)), flush=True)


if __name__ == "__main__":
    main()
