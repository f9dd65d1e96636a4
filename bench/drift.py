"""Print how often drift's verdict is wrong where nothing changed: `python -m bench.drift`.

A bank of real overlaps is made once for a network of each kind: those of many draws of noise and of
many random networks on many cases. Worlds are drawn from it: some cases, the draws that `drift`
takes, and one draw more that plays the other network, so that nothing but noise differs.

- *false alarms*: verdicts beyond noise, of all worlds.
- *held*: intervals of the floor, and of a plain mean of overlaps, that hold the bank's mean.
- *power*: verdicts beyond noise where the overlap lies surely lower, by a fifth of the range.
- *agree*: verdicts on so many cases with 16 steps that are those on all cases with 50.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import explain
import models
from explain.attribution import explain_rows, noisy, overlap, random_weights
from explain.attribution.band import DRAWS, floor_of
from explain.attribution.beside_noise import BesideNoise
from explain.attribution.noise import moves_all_alike
from explain.core import evaluation_rows
from explain.core.intervals import Measurement, mean_of
from explain.core.messages import Message, share
from explain.core.resources import use_one_thread

METHOD = "integrated-gradients"
MODELS = ("heart-mlp", "credit-mlp", "digits-mlp", "digits-cnn", "sms-transformer")
ROWS = (8, 16, 24, 64)
AMOUNTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
STEPS, REST = 16, 50
_LOWER = 0.2

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Overlaps with a network's own reasons: under noise and at random weights [draws, n].

    `pruned` [amounts, n] are those of pruned copies, NaN where they decide otherwise.
    """

    ceilings: Values
    floors: Values
    pruned: Values
    shared: bool

    def world(self, rows: NDArray[np.int64], draws: NDArray[np.int64]) -> BesideNoise:
        """Return some rows under some draws of noise, the last of which plays the other network."""
        return BesideNoise(
            overlaps=self.ceilings[draws[-1], rows],
            floors=self.floors[draws[:-1]][:, rows],
            ceilings=self.ceilings[draws[:-1]][:, rows],
            shared=self.shared,
        )


def bank(model: str, rows: int, draws: int, steps: int) -> Bank:
    """Return the overlaps of one network over so many rows and draws."""
    subject, options = models.load(model), {"steps": steps}
    chosen = evaluation_rows(subject, rows)
    dense = explain_rows(subject, METHOD, chosen, options=options)

    def alike(other: explain.Subject) -> Values:
        found = explain_rows(other, METHOD, chosen, targets=dense.targets, options=options)
        return overlap(dense.values, found.values)

    return Bank(
        ceilings=np.stack([alike(noisy(subject, seed)) for seed in range(draws)]),
        floors=np.stack([alike(random_weights(subject, seed)) for seed in range(draws)]),
        pruned=np.stack(
            [_where_alike(subject, other, chosen, alike(other)) for other in _pruned(subject)]
        ),
        shared=moves_all_alike(subject),
    )


def _pruned(subject: explain.Subject) -> Iterator[explain.Subject]:
    plan = explain.PruningPlan()
    scores = explain.score(subject, plan)
    return (explain.prune(subject, explain.select(scores, plan.at(a))) for a in AMOUNTS)


def _where_alike(
    subject: explain.Subject, other: explain.Subject, rows: NDArray[np.int64], found: Values
) -> Values:
    return np.where(np.isin(rows, explain.flips(subject, other).changed), np.nan, found)


def measured(of: Bank, rows: int, worlds: int, seed: int = 0) -> dict[str, float]:
    """Return the shares of worlds in which each thing happens."""
    rng, n, how = np.random.default_rng(seed), of.ceilings.shape[1], Message("how.ranks")
    lower = _LOWER * float(of.ceilings.mean() - of.floors.mean())
    counts = dict.fromkeys(("false alarms", "floor held", "mean held", "power"), 0)
    for _ in range(worlds):
        draws = rng.choice(len(of.ceilings), DRAWS + 1, replace=False)
        world = of.world(rng.choice(n, rows), draws)
        fallen = BesideNoise(
            overlaps=world.overlaps - lower,
            floors=world.floors,
            ceilings=world.ceilings,
            shared=world.shared,
        )
        counts["false alarms"] += world.verdict().beyond_noise
        counts["power"] += fallen.verdict().beyond_noise
        counts["floor held"] += _holds(floor_of(world.floors), float(of.floors.mean()))
        whole = float(of.ceilings[draws[-1]].mean())
        counts["mean held"] += _holds(mean_of("x", world.overlaps, how), whole)
    return {name: count / worlds for name, count in counts.items()}


def _holds(found: Measurement, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def agreement(few: Bank, rest: Bank, rows: int, worlds: int, seed: int = 0) -> float:
    """Return how often some rows with few steps give the verdict of all rows with many."""
    rng, n, same = np.random.default_rng(seed), few.ceilings.shape[1], 0
    for at in range(len(AMOUNTS)):
        wanted = _verdict(rest, at, np.arange(n), np.arange(len(rest.ceilings)))
        for _ in range(worlds):
            draws = rng.choice(len(few.ceilings), DRAWS, replace=False)
            same += _verdict(few, at, rng.choice(n, min(rows, n), replace=False), draws) == wanted
    return same / (worlds * len(AMOUNTS))


def _verdict(of: Bank, at: int, rows: NDArray[np.int64], draws: NDArray[np.int64]) -> str:
    kept = rows[~np.isnan(of.pruned[at, rows])]
    return BesideNoise(
        overlaps=of.pruned[at, kept],
        floors=of.floors[draws][:, kept],
        ceilings=of.ceilings[draws][:, kept],
        shared=of.shared,
    ).verdict()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--worlds", type=int, default=2_000)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--rows", type=int, default=200)
    options = parser.parse_args()
    use_one_thread()
    print("| network | cases | false alarms | power | floor held | mean held | agree |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for model in options.models.split(","):
        few = bank(model, options.rows, options.draws, STEPS)
        rest = bank(model, options.rows, DRAWS + 1, REST)
        for rows in ROWS:
            found = measured(few, rows, options.worlds)
            alike = agreement(few, rest, rows, options.worlds // 20)
            cells = (
                *(found[key] for key in ("false alarms", "power", "floor held", "mean held")),
                alike,
            )
            print(f"| {model} | {rows} | {' | '.join(share(x) for x in cells)} |", flush=True)


if __name__ == "__main__":
    main()
