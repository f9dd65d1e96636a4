"""Random: the control that every other criterion has to beat."""

from dataclasses import replace

import torch

from explain.core.methods import Criterion, Options, Scored
from explain.core.scores import Site
from explain.core.subject import Subject


def random_scores(_subject: Subject, sites: tuple[Site, ...], options: Options) -> Scored:
    """Score every weight by an independent uniform number from the seed."""
    generator = torch.Generator().manual_seed(int(options["seed"]))
    weights = [part for site in sites for part in site.weights]
    return {part.name: torch.rand(part.shape, generator=generator) for part in weights}


def random_entry_scores(_subject: Subject, sites: tuple[Site, ...], options: Options) -> Scored:
    """Score every entry by an independent uniform number from the seed."""
    generator = torch.Generator().manual_seed(int(options["seed"]))
    return {site.name: torch.rand(site.entries, generator=generator) for site in sites}


RANDOM = Criterion(
    key="random",
    title="Random (control)",
    line="Weights die in random order: what any criterion must beat.",
    entries=("weights",),
    granularity="weight",
    scopes=("global", "layer", "row"),
    function=random_scores,
    formula="uniform random number in 0..1, from the seed",
    source="the usual control",
    seeded=True,
)

RANDOM_UNITS = replace(
    RANDOM,
    key="random-units",
    title="Random entries (control)",
    line="Units, rows, kernels or blocks die in random order: what any criterion must beat.",
    entries=("groups", "units"),
    per="entry",
    granularity="unit",
    function=random_entry_scores,
)
