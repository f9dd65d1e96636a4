"""What a demo is made of, and how the pieces become a subject."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import Tensor, nn

from explain.core.methods import DemoModel
from explain.core.provenance import fingerprint
from explain.core.subject import ModelCard, Samples, Subject
from explain.network import lift
from models.baseline import INPUTS, RegressionBaseline
from models.data.parts import DataSet
from models.fitting import Recipe, folds
from models.shipped import SEEDS, read_weights, shipped_card

CALIBRATION_ROWS = 512
"""At most so many training rows, at a regular distance, serve criteria and repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A built-in network before it is loaded.

    `build` returns the untrained network, `read` its data, `recipe` says how it is trained, and
    `card` holds the words of the card; the figures join them when the network is trained.
    `baseline` is what the network is compared with, `folds` how training rows are divided for
    cross-validation, `findings(network, calibration, test)` more sentences for the card.
    """

    key: str
    title: str
    line: str
    kind: Literal["image", "table", "text"]
    build: Callable[[], nn.Module]
    read: Callable[[], DataSet]
    recipe: Recipe
    card: ModelCard
    baseline: RegressionBaseline = INPUTS
    folds: Callable[[Tensor, int], tuple[Tensor, ...]] = folds
    findings: Callable[[nn.Module, Samples, Samples], tuple[str, ...]] = lambda *_: ()


def demo_record(demo: Demo) -> DemoModel:
    """Return the catalog's record of a demo."""
    return DemoModel(
        key=demo.key,
        title=demo.title,
        line=demo.line,
        kind=demo.kind,
        load=partial(subject_of_demo, demo),
    )


def subject_of_demo(demo: Demo, *, seed: int = 1) -> Subject:
    """Return the subject of a demo: lifted network, held-out samples, calibration rows, card.

    `seed` 2 gives the second training of the same network, for noise floors. Nothing is shared
    between two calls, so any number of threads may call at once.

    Raises:
        InvalidFile: a shipped file is missing or damaged.
    """
    data = demo.read()
    network = lift(trained_module(demo, seed=seed), data.test.inputs[0][:2])
    calibration = calibration_rows(data.train)
    return Subject(
        key=demo.key if seed == SEEDS[0] else f"{demo.key}.seed{seed}",
        network=network,
        samples=data.test,
        calibration=calibration,
        spec=data.spec,
        task=data.task,
        card=shipped_card(demo.key),
        fingerprint=fingerprint(network, data.test, calibration),
    )


def trained_module(demo: Demo, *, seed: int = 1) -> nn.Module:
    """Return the plain PyTorch network with its shipped weights, in evaluation mode.

    The skeleton is built without memory and without drawing random numbers.
    """
    with torch.device("meta"):
        network = demo.build()
    return read_weights(network, demo.key, seed).eval()


def calibration_rows(rows: Samples) -> Samples:
    """Return at most CALIBRATION_ROWS training rows at a regular distance, in stored order."""
    count = min(rows.count, CALIBRATION_ROWS)
    chosen = (torch.arange(count) * rows.count // count).numpy()
    return rows.take(chosen)
