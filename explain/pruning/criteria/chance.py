"""Random: the control that every other criterion has to beat."""

import torch

from explain.core.records import Criterion, Scored
from explain.core.subject import Subject


def score(subject: Subject, weights: tuple[str, ...], seed: int) -> Scored:
    """Score every weight by an independent uniform number from `seed`."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(subject.network.get_parameter(name).shape, generator=generator)
        for name in weights
    }


def score_units(subject: Subject, weights: tuple[str, ...], seed: int) -> Scored:
    """Score every unit by an independent uniform number from `seed`."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.rand(len(subject.network.get_parameter(name)), generator=generator)
        for name in weights
    }


RANDOM = Criterion(
    key="random",
    title="Random (control)",
    line="Weights die in random order: what any criterion must beat.",
    granularity="weight",
    scopes=("global", "layer", "row"),
    function=score,
    formula="uniform random number in 0..1, from the seed",
    source="the usual control",
    seeded=True,
)

RANDOM_UNITS = Criterion(
    key="random-units",
    title="Random units (control)",
    line="Whole neurons and channels die in random order: what any criterion must beat.",
    granularity="unit",
    scopes=("global", "layer"),
    function=score_units,
    formula="uniform random number in 0..1, from the seed",
    source="the usual control",
    seeded=True,
)
