"""Shapley values by sampling: what a part adds to those that came before it in a random order."""

from collections.abc import Iterator

import torch
from torch import Tensor

from explain.attribution.places import no_entrance
from explain.attribution.players import TILES, count_players, per_element
from explain.attribution.view import View
from explain.core.methods import Attributor, Options, Parameter
from explain.core.subject import Subject


def shapley_sampling(view: View, options: Options) -> Tensor:
    """Return each player's mean addition over random orders, spread evenly over its parts."""
    from captum.attr import ShapleyValueSampling

    groups, sizes = per_element(view, options)
    method = ShapleyValueSampling(view.model)
    method.permutation_generator = _Orders(view.seed)
    values = method.attribute(
        view.inputs,
        baselines=view.baseline.expand_as(view.inputs),
        target=view.targets,
        additional_forward_args=view.fixed or None,
        feature_mask=groups,
        n_samples=int(options["orders"]),
        perturbations_per_eval=view.at_once(int(groups.max()) + 1),
    )
    return view.of_parts(values / sizes)


class _Orders:
    """Random orders from a seed of its own; Captum's come from the generator of the process."""

    def __init__(self, seed: int) -> None:
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, players: int, orders: int) -> Iterator[list[int]]:
        for _ in range(orders):
            yield torch.randperm(players, generator=self._generator).tolist()


def _passes(subject: Subject, options: Options) -> float:
    """Return its cost: one pass for the baseline, then one per player and order."""
    return 1.0 + count_players(subject, options) * options["orders"]


SHAPLEY_SAMPLING = Attributor(
    key="shapley-sampling",
    title="Shapley values, sampled",
    line="What each part adds on average when the parts arrive in random order.",
    family="perturbation",
    function=shapley_sampling,
    formula="mean over orders π of f(baseline, x up to i in π) - f(baseline, x before i in π)",
    source="Castro et al. 2009, doi:10.1016/j.cor.2008.04.004; Štrumbelj and Kononenko 2010",
    passes=_passes,
    differs="Images play with tiles, a tile's value spread evenly over its pixels. All rows see "
    "the same orders.",
    parameters=(
        TILES,
        Parameter(
            key="orders",
            title="Random orders",
            line="How many random orders are averaged.",
            default=10,
            low=1,
            high=1000,
        ),
    ),
    complete=True,
    baseline=True,
    seeded=True,
    fits=no_entrance,
)
