"""Print what Integrated Gradients at 12 amounts cost: `python -m bench.amounts`.

Ratios of time on the wall and of CPU time against a loop of Captum's IntegratedGradients over 12
plain PyTorch networks with the same pruned weights, in one process, taken in turn, one thread for
each network (ours runs several networks side by side). Like with like (50 steps each) and as used
while exploring (16 steps).
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch
from captum.attr import IntegratedGradients
from numpy.typing import NDArray
from torch import Tensor, nn

import explain
import models
from bench.timing import Times, ratio, take_turns
from explain.attribution import integrated_gradients_at
from explain.core.resources import use_one_thread
from explain.core.subject import Subject
from models.catalog import demo
from models.demo import trained_module

AMOUNTS = tuple(float(amount) for amount in np.linspace(0, 0.95, 12))
MODELS = ("digits-mlp", "heart-mlp", "credit-mlp", "digits-cnn", "retina-cnn")
STEPS = (50, 16)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One network: how many times faster than the loop, and how far apart, by steps."""

    model: str
    rows: int
    times: dict[str, Times]
    differences: dict[int, float]

    def __str__(self) -> str:
        """Return the line of the table."""
        loop = self.times["captum"]
        line = f"  {self.model:<14}{self.rows:>5}{1000 * median(loop.wall):>10.1f}"
        for steps in STEPS:
            ours = self.times[f"{steps} steps"]
            line += f"{ratio(loop.wall, ours.wall):>12.1f}{ratio(loop.cpu, ours.cpu):>9.1f}"
            line += f"{100 * self.differences[steps]:>12.4f}"
        return line


def pruned(subject: Subject, amounts: Sequence[float] = AMOUNTS) -> list[Subject]:
    """Return copies of a network, pruned by magnitude to these amounts."""
    scores = explain.score(subject, explain.PruningPlan())
    masks = [explain.select(scores, explain.PruningPlan(amount=amount)) for amount in amounts]
    return [explain.prune(subject, mask) for mask in masks]


def plain(subject: Subject) -> nn.Module:
    """Return the network as PyTorch users have it, not the lifted one, with the same weights."""
    network = trained_module(demo(subject.key))
    network.load_state_dict(subject.network.weights(), strict=False)
    return network


def captum_loop(networks: Sequence[nn.Module], inputs: Tensor, targets: Tensor) -> Values:
    """Return what Captum says of each network by itself, with its own 50 steps."""
    found = [IntegratedGradients(one).attribute(inputs, target=targets) for one in networks]
    return np.asarray(torch.stack(found).detach().double().numpy())


def difference(one: Values, other: Values) -> float:
    """Return the median over networks and rows of the relative L2 distance."""
    flat = (*one.shape[:2], -1)
    gap = np.linalg.norm((one - other).reshape(flat), axis=2)
    return float(np.median(gap / np.linalg.norm(other.reshape(flat), axis=2)))


def measure(model: str, rows: int, rounds: int) -> Row:
    """Measure one network on its first rows, its own decisions explained."""
    subject = models.load(model)
    subjects, chosen = pruned(subject), np.arange(rows)
    inputs, networks = subject.samples.inputs[0][:rows], [plain(one) for one in subjects]
    with torch.no_grad():
        targets = subject.network(inputs).argmax(1)

    def ours(steps: int) -> Callable[[], Values]:
        return lambda: integrated_gradients_at(subjects, chosen, targets.numpy(), steps=steps)

    loop = captum_loop(networks, inputs, targets)
    cases: dict[str, Callable[[], Values]] = {f"{s} steps": ours(s) for s in STEPS}
    differences = {s: difference(cases[f"{s} steps"](), loop) for s in STEPS}
    cases["captum"] = lambda: captum_loop(networks, inputs, targets)
    return Row(model=model, rows=rows, times=take_turns(cases, rounds), differences=differences)


def main() -> None:
    """Print the table; the goals stand in the README of this folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="keys, with commas")
    parser.add_argument("--rows", default="1,16", help="numbers of rows, with commas")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    use_one_thread()
    print("12 amounts; times faster than a loop of Captum (50 steps), median of paired rounds.")
    print(f"  {'':<14}{'rows':>5}{'loop ms':>10}", end="")
    print("".join(f"{f'{steps}: wall':>12}{'CPU':>9}{'differs %':>12}" for steps in STEPS))
    for model in options.models.split(","):
        for rows in options.rows.split(","):
            print(measure(model, int(rows), options.rounds), flush=True)


if __name__ == "__main__":
    main()
