"""Train the demos: `python -m models.train --all`, or one or more keys.

Writes the weights of two trainings and the card of each demo. Needs requirements-train.txt for the
logistic regression on the card. On one machine two runs write the same bytes.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

import torch

from explain.core.errors import ExplainError
from explain.core.provenance import versions
from explain.core.subject import Samples
from models import catalog
from models.baseline import RegressionBaseline, figures, logistic_regression
from models.data.parts import DataSet
from models.demo import (
    SEEDS,
    WORDS,
    Demo,
    calibration_rows,
    trained_module,
    write_card,
    write_weights,
)
from models.fitting import Rows, fit, module_outputs

FOLDS = 5
NEAR = 0.01
"""A logistic regression that is at most so much behind counts as as good."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what the command line names; return the exit code."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(mode=True)
    given = _parser().parse_args(arguments)
    try:
        demos = [catalog.demo(key) for key in given.keys] or list(catalog.DEMOS)
        for demo in demos:
            train(demo, _tell)
    except ExplainError as error:
        _tell(f"{error} {error.hint}")
        return 2
    return 0


def train(demo: Demo, tell: Callable[[str], None]) -> None:
    """Train a demo twice, measure it, and write its weights and its card."""
    started = time.perf_counter()
    data = demo.read()
    train_rows, test_rows = rows_of(data.train), rows_of(data.test)
    found: dict[int, dict[str, float]] = {}
    for seed, start in zip(SEEDS, demo.recipe.seeds, strict=True):
        network = fit(demo.build, train_rows, demo.recipe, seed=start, report=_reporter(demo, tell))
        network = demo.finish(network, start)
        write_weights(network, demo.key, seed)
        found[seed] = figures(module_outputs(network, test_rows[0]), test_rows[1])
        tell(f"{demo.key} seed {seed}: {found[seed]}")
    validated = cross_validated(demo, train_rows)
    baseline = logistic_regression(demo.baseline, data.train, data.test)
    write_card(demo.key, _card(demo, data, found, validated, baseline))
    tell(f"{demo.key}: cross-validated {validated}")
    tell(f"{demo.key}: {demo.baseline.title} {baseline['metrics']}")
    tell(f"{demo.key}: done in {time.perf_counter() - started:.0f} s")


def cross_validated(demo: Demo, rows: Rows) -> dict[str, float]:
    """Return the mean figures over 5 folds of the training rows: what recipes are chosen by.

    The preprocessing is not fitted anew in each fold. Cost: five trainings.
    """
    inputs, targets = rows
    found = []
    for fold in demo.folds(targets, FOLDS):
        rest = torch.ones(len(targets), dtype=torch.bool)
        rest[fold] = False
        network = fit(
            demo.build, (inputs[rest], targets[rest]), demo.recipe, seed=demo.recipe.seeds[0]
        )
        found.append(figures(module_outputs(network, inputs[fold]), targets[fold]))
    return {key: round(sum(one[key] for one in found) / FOLDS, 6) for key in found[0]}


def rows_of(samples: Samples) -> Rows:
    """Return inputs and targets of samples that have one input and known targets."""
    if samples.targets is None:
        raise ExplainError("models.no_targets")
    return samples.inputs[0], samples.targets


def _card(
    demo: Demo,
    data: DataSet,
    found: dict[int, dict[str, float]],
    validated: dict[str, float],
    baseline: dict[str, object],
) -> dict[str, object]:
    """Return the card as JSON values: the demo's words, then everything measured."""
    headline = data.task.metric
    reached = baseline["metrics"]
    regression = float(reached[headline]) if isinstance(reached, dict) else 0.0
    return {
        **{name: getattr(demo.card, name) for name in (*WORDS, "limits")},
        "task": {"kind": data.task.kind, "classes": data.task.classes, "target": data.task.target},
        "groups": list(data.test.groups),
        "headline": headline,
        "n": data.test.count,
        "metrics": found[SEEDS[0]],
        "second_seed": found[SEEDS[1]],
        "baselines": {demo.baseline.title: baseline},
        "cross_validation": {"folds": FOLDS, "rows": data.train.count, "metrics": validated},
        "notes": [
            *_notes(data, found, demo.baseline, regression),
            *demo.findings(trained_module(demo), calibration_rows(data.train), data.test),
        ],
        "training": {
            "rows": data.train.count,
            "seeds": demo.recipe.seeds,
            "recipe": asdict(demo.recipe),
        },
        "versions": dict(versions()),
    }


def _notes(
    data: DataSet,
    found: dict[int, dict[str, float]],
    baseline: RegressionBaseline,
    regression: float,
) -> list[str]:
    """Return the sentences that people should read beside the figures."""
    headline = data.task.metric
    first, second = found[SEEDS[0]][headline], found[SEEDS[1]][headline]
    as_good = regression > first - NEAR
    return [
        f"Measured on {data.test.count} held-out rows; trained on {data.train.count} others.",
        (
            f"A second training from another seed reaches {headline} {second:.3f}, this one "
            f"{first:.3f}: read smaller differences with care."
        ),
        f"{baseline.title[0].upper()}{baseline.title[1:]} on the same rows reaches {headline} "
        f"{regression:.3f}"
        + (", which is as good: a network is not needed here." if as_good else "."),
    ]


def _reporter(demo: Demo, tell: Callable[[str], None]) -> Callable[[int, float], None]:
    """Return a function that says every tenth epoch's loss."""

    def report(epoch: int, loss: float) -> None:
        if epoch % 10 == 0 or epoch == demo.recipe.epochs:
            tell(f"{demo.key}: epoch {epoch} of {demo.recipe.epochs}, training loss {loss:.4f}")

    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.train", description="Train the demos.")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("keys", nargs="*", default=[], metavar="KEY", help="demos to train")
    chosen.add_argument("--all", action="store_true", help="train every demo")
    return parser


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
