"""Print what is left of a metric after pruning, by method: `python -m bench.quality`.

Both trainings of every demo, mean and the half of their difference. Without training: magnitude,
LAMP and random, as they are and repaired by least squares (no labels). With training: gradual, all
rows, hard labels or the dense network's answers. Seconds are those of one network, prune and mend
or training alone.
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import explain
import models
from explain.core import Masked
from explain.core.resources import use_one_thread

DEMOS = ("digits-mlp", "digits-cnn", "heart-mlp", "credit-mlp", "retina-cnn")
AMOUNTS = (0.5, 0.8, 0.9, 0.95, 0.98)
SEEDS = (1, 2)
EPOCHS = 20
STEPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a method left: the metric, and the seconds that it took."""

    metric: float
    seconds: float


def pruned(dense: explain.Subject, criterion: str, amount: float) -> explain.Subject:
    """Return a copy pruned at once."""
    plan = explain.PruningPlan(criterion=criterion, amount=amount)
    return explain.prune(dense, explain.select(explain.score(dense, plan), plan))


def repaired(dense: explain.Subject, criterion: str, amount: float) -> explain.Subject:
    """Return a copy pruned at once and repaired."""
    return explain.repair(pruned(dense, criterion, amount), dense)


def gradual(dense: explain.Subject, soft: float, amount: float) -> explain.Subject:
    """Return a copy pruned while it learns."""
    plan = explain.PruningPlan(criterion="lamp", amount=amount)
    how = explain.Training(epochs=EPOCHS, rate=2e-3, soft=soft)
    stage = explain.Stage(how=Masked(plan=plan), schedule="gradual", steps=STEPS, training=how)
    return explain.run(dense, explain.Recipe(stages=(stage,))).subject


METHODS: Mapping[str, Callable[[explain.Subject, float], explain.Subject]] = {
    "random": lambda dense, amount: pruned(dense, "random", amount),
    "magnitude": lambda dense, amount: pruned(dense, "magnitude", amount),
    "LAMP": lambda dense, amount: pruned(dense, "lamp", amount),
    "random, repaired": lambda dense, amount: repaired(dense, "random", amount),
    "magnitude, repaired": lambda dense, amount: repaired(dense, "magnitude", amount),
    "LAMP, repaired": lambda dense, amount: repaired(dense, "lamp", amount),
    "gradual": lambda dense, amount: gradual(dense, 0.0, amount),
    "gradual, distilled": lambda dense, amount: gradual(dense, 0.9, amount),
}


def left(dense: explain.Subject, method: str, amount: float) -> Left:
    """Return what a method leaves of a subject."""
    started = time.perf_counter()
    copy = METHODS[method](dense, amount)
    seconds = time.perf_counter() - started
    return Left(metric=explain.evaluate(copy).metric, seconds=seconds)


def rows(key: str, amounts: Sequence[float]) -> list[str]:
    """Return the table of one demo, a line a method."""
    trained = [models.load_demo(key, seed=seed) for seed in SEEDS]
    dense = [explain.evaluate(subject).metric for subject in trained]
    found = [f"{key}, {trained[0].task.metric}, dense {_told(dense)}"]
    for method in METHODS:
        cells, seconds = [], 0.0
        for amount in amounts:
            each = [left(subject, method, amount) for subject in trained]
            cells.append(_told([one.metric for one in each]))
            seconds = max(seconds, *(one.seconds for one in each))
        found.append(f"| {method} | {' | '.join(cells)} | {seconds:.1f} s |")
    return found


def _told(metrics: Sequence[float]) -> str:
    middle, apart = sum(metrics) / len(metrics), (max(metrics) - min(metrics)) / 2
    return f"{middle:.3f} ± {apart:.3f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    use_one_thread()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(DEMOS))
    parser.add_argument("--amounts", default=",".join(map(str, AMOUNTS)))
    options = parser.parse_args(arguments)
    amounts = [float(amount) for amount in options.amounts.split(",")]
    for key in options.models.split(","):
        print("\n".join(rows(key, amounts)), flush=True)


if __name__ == "__main__":
    main()
