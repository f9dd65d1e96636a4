"""Print what a new position of the slider costs on large networks: `python -m bench.masks`.

Every time is that of one new global amount, divided by the time in which the same process copies
the weights into ready buffers.
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor, nn
from torch.nn.utils import prune as torch_prune

from bench.bag import bag, random_weights
from bench.shapes import NETWORKS
from bench.timing import Times, ratio, take_turns
from explain.core.plan import PruningPlan
from explain.core.resources import use_one_thread
from explain.core.scores import MaskSet, ScoreSet
from explain.pruning import masked_tensors, score, select

CRITERIA = ("magnitude", "random")
_CLOCKS = ("cpu", "wall")
_GOLDEN = 0.6180339887498949

Weights = Mapping[str, Tensor]


class WrongMask(Exception):
    """The masked weights are not what the plan asks for: no time is worth printing."""


def amounts() -> Iterator[float]:
    """Yield shares from 5 % to 98 % that never repeat."""
    step = 0
    while True:
        step += 1
        yield 0.05 + 0.93 * (step * _GOLDEN % 1)


def copies(weights: Weights, buffers: Weights) -> Callable[[], None]:
    """Return the reference: all weights copied into ready buffers."""

    def work() -> None:
        for name, weight in weights.items():
            buffers[name].copy_(weight)

    return work


def moves(weights: Weights, buffers: Weights, scores: ScoreSet) -> Callable[[], MaskSet]:
    """Return our slider move: select a new amount and write the masked weights to the buffers."""
    plan, series = PruningPlan(criterion=scores.criterion), amounts()

    def work() -> MaskSet:
        masks = select(scores, plan.at(next(series)))
        masked_tensors(weights, masks, into=buffers)
        return masks

    return work


def counts(scores: ScoreSet) -> Callable[[], MaskSet]:
    """Return the selection alone: threshold and exact counts per layer, no weight touched."""
    plan, series = PruningPlan(criterion=scores.criterion), amounts()
    return lambda: select(scores, plan.at(next(series)))


def peer(weights: Weights) -> Callable[[], None]:
    """Return the same move by `torch.nn.utils.prune`, on fresh modules over the same weights."""
    series = amounts()

    def work() -> None:
        layers = [(_layer(weight), "weight") for weight in weights.values()]
        torch_prune.global_unstructured(
            layers, pruning_method=torch_prune.L1Unstructured, amount=next(series)
        )

    return work


def _layer(weight: Tensor) -> nn.Module:
    layer = nn.Module()
    layer.weight = nn.Parameter(weight)
    return layer


def check(weights: Weights, buffers: Weights, masks: MaskSet) -> None:
    """Check masked weights against the definition: exact count, kept bits, lowest scores gone.

    Raises:
        WrongMask: they differ from it.
    """
    gone, kept, zeros = [0.0], [float("inf")], 0
    for tensor in masks.scores.tensors:
        weight, out = weights[tensor.name], buffers[tensor.name]
        keep = out != 0
        zeros += int((~keep).sum())
        if not torch.equal(out[keep], weight[keep]):
            raise WrongMask(f"a kept weight of {tensor.name} changed")
        values = weight.abs() if tensor.values is None else tensor.values
        gone += values[~keep].flatten().topk(min(1, int((~keep).sum()))).values.tolist()
        kept += values[keep].flatten().topk(min(1, int(keep.sum())), largest=False).values.tolist()
    if zeros != round((masks.plan.amount or 0.0) * masks.total):
        raise WrongMask(f"{zeros} weights are zero at amount {masks.plan.amount}")
    if max(gone) > min(kept):
        raise WrongMask("a weight is gone that scores more than one that was kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one network's slider moves cost."""

    network: str
    weights: int
    index: Mapping[str, float]
    fast: Mapping[str, Times]
    slow: Mapping[str, Times]

    def __str__(self) -> str:
        """Return the lines of the table."""
        copy = self.fast["copy"]
        lines = [f"{self.network}, {self.weights / 1e6:.1f} million weights"]
        lines += [_line(name, self.fast[name], copy) for name in self.fast]
        lines += [_line("torch.nn.utils.prune", self.slow["peer"], self.slow["copy"])]
        peer, ours = self.slow["peer"], self.slow["magnitude"]
        faster = [ratio(getattr(peer, k), getattr(ours, k)) for k in _CLOCKS]
        lines += [f"  ours is {faster[0]:.0f} x (CPU), {faster[1]:.0f} x (wall) faster than it"]
        lines += [f"  index of {k}: {ms:.1f} CPU ms per million" for k, ms in self.index.items()]
        return "\n".join(lines)


def _line(name: str, times: Times, copy: Times) -> str:
    ratios = "".join(f"{ratio(getattr(times, k), getattr(copy, k)):>10.3f}" for k in _CLOCKS)
    clocks = "".join(f"{1000 * median(getattr(times, k)):>10.2f}" for k in _CLOCKS)
    return f"  {name:<22}{ratios}{clocks}{len(times.cpu):>8}"


def measure(network: str, rounds: int, peer_rounds: int) -> Row:
    """Measure one network: index, masks checked once, then everything in turn."""
    weights = random_weights(NETWORKS[network])
    buffers = {name: weight.clone() for name, weight in weights.items()}
    count = sum(weight.numel() for weight in weights.values())
    index: dict[str, float] = {}
    cases: dict[str, Callable[[], object]] = {"copy": copies(weights, buffers)}
    for key in CRITERIA:
        started = time.process_time()
        scores = score(bag(weights), PruningPlan(criterion=key))
        index[key] = 1e9 * (time.process_time() - started) / count
        cases[key] = moves(weights, buffers, scores)
        check(weights, buffers, moves(weights, buffers, scores)())
        cases[f"select {key}"] = counts(scores)
    fast = take_turns(cases, rounds)
    rivals = {"copy": cases["copy"], "magnitude": cases["magnitude"], "peer": peer(weights)}
    slow = take_turns(rivals, peer_rounds)
    return Row(network=network, weights=count, index=index, fast=fast, slow=slow)


def main() -> None:
    """Print the table; the goals stand in the README of this folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names, with commas")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--peer-rounds", type=int, default=3)
    options = parser.parse_args()
    use_one_thread()
    print("One new global amount; ratio to a copy of the weights, medians of paired rounds.")
    print(f"  {'':<22}{'x CPU':>10}{'x wall':>10}{'CPU ms':>10}{'wall ms':>10}{'rounds':>8}")
    for network in options.networks.split(","):
        print(measure(network, options.rounds, options.peer_rounds), flush=True)
        gc.collect()


if __name__ == "__main__":
    main()
