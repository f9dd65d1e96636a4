"""What a network answers where nothing is there: at each baseline itself."""

from collections.abc import Mapping
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from explain.attribution.baselines import BASELINES, start_of
from explain.attribution.places import entrance, look_up
from explain.attribution.rewiring import starting_at
from explain.core.subject import Samples, Subject, Task, need_rows
from explain.network.lifted import Lifted

Answers = Mapping[str, NDArray[np.float64]]
"""Key of a baseline -> outputs [k] there."""


def baseline_outputs(subject: Subject, sample: int, samples: Samples | None = None) -> Answers:
    """Return what a network puts out at each baseline that fits it, in menu order.

    `sample`: the row whose other inputs stay, and that a blurred picture is made of; of `samples`,
    by default the subject's. Cost: one forward pass a baseline.

    Raises:
        Refused: there are no data.
    """
    given = subject.samples if samples is None else samples
    need_rows(given)
    inputs = given.take(np.array([sample])).inputs
    start, by_ids = start_of(subject, inputs[0]), look_up(subject) is not None
    network = cast("Lifted", subject.network)
    network = starting_at(network, str(entrance(subject))) if by_ids else network
    fixed = inputs if by_ids else inputs[1:]
    with torch.no_grad():
        found = {
            one.key: network(one.function(start, subject).expand_as(start.inputs), *fixed)
            for one in BASELINES
            if one.fits(subject) is None
        }
    return {key: outputs.double().reshape(-1).numpy() for key, outputs in found.items()}


def least_sure(answers: Answers, task: Task) -> str | None:
    """Return the baseline whose own answer is least sure, the first of equal ones.

    Sure is how likely its likeliest class is; of labels said or not, the mean over them. None for
    a regression, which is never sure, and where there is no baseline.
    """
    if task.kind == "regression":
        return None
    return min(answers, key=lambda key: _sureness(answers[key], task), default=None)


def _sureness(outputs: NDArray[np.float64], task: Task) -> float:
    if task.kind == "classification":
        return float(1 / np.exp(outputs - outputs.max()).sum())
    return float((1 / (1 + np.exp(-np.abs(outputs)))).mean())
