"""Kernel SHAP: Shapley values as the best linear picture of many random subsets."""

import torch
from torch import Tensor

from explain.attribution.places import no_entrance
from explain.attribution.players import TILES, count_players, per_element
from explain.attribution.view import View
from explain.core.messages import Message
from explain.core.methods import Attributor, Options, Parameter
from explain.core.subject import Subject


def kernel_shap(view: View, options: Options) -> Tensor:
    """Return the coefficient of each player, row by row, spread evenly over its parts."""
    groups, sizes = per_element(view, options)
    subsets = _subsets(int(groups.max()) + 1, options)
    rows = [_row(view.row(place), groups, subsets) for place in range(len(view.inputs))]
    return view.of_parts(torch.cat(rows) / sizes)


def _subsets(players: int, options: Options) -> int:
    """Return how many subsets are evaluated: never more than there are."""
    asked = int(options["subsets"])
    return asked if players > asked.bit_length() else min(1 << players, asked)


def _row(view: View, groups: Tensor, subsets: int) -> Tensor:
    from explain.attribution.seeded_kernel_shap import SeededKernelShap

    every = subsets == 2 ** (int(groups.max()) + 1)
    found: Tensor = SeededKernelShap(view, every=every).attribute(
        view.inputs,
        baselines=view.baseline,
        target=view.targets,
        additional_forward_args=view.fixed or None,
        feature_mask=groups,
        n_samples=subsets,
        perturbations_per_eval=view.at_once(subsets),
    )
    return found


def _fits(subject: Subject) -> Message | None:
    """Return why the subject cannot be served: a single part has no subsets."""
    if count_players(subject, {"tiles": TILES.default}) < 2:
        return Message("attribution.one_part")
    return no_entrance(subject)


KERNEL_SHAP = Attributor(
    key="kernel-shap",
    title="Kernel SHAP",
    line="The best linear picture of what random subsets of the parts put out.",
    family="perturbation",
    function=kernel_shap,
    formula="argmin_φ Σ_S k(S) · (f(S) - f(∅) - Σ_{i∈S} φ_i)², Σφ = f(x) - f(b)",
    source="Lundberg and Lee 2017, arXiv:1705.07874, theorem 2",
    passes=lambda subject, options: _subsets(count_players(subject, options), options),
    differs="All subsets are weighed where there are no more than asked for; else they are drawn "
    "by the kernel. Captum weighs the two ends by 10⁶, here the sum is exact. With fewer "
    "subsets than players, what they leave open is shared out equally. Images play with tiles.",
    parameters=(
        TILES,
        Parameter(
            key="subsets",
            title="Subsets",
            line="How many random subsets are evaluated; give several times the number of parts.",
            default=512,
            low=16,
            high=20000,
        ),
    ),
    complete=True,
    baseline=True,
    seeded=True,
    fits=_fits,
)
