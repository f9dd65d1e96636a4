"""Kernel SHAP: Shapley values as the best linear picture of many random subsets."""

import math
from collections.abc import Iterator
from typing import cast

import torch
from captum._utils.models.model import Model
from captum.attr import KernelShap
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from explain.attribution.entrance import no_entrance
from explain.attribution.players import TILES, count, per_element
from explain.attribution.view import View
from explain.core.parameters import Options, Parameter
from explain.core.records import Attributor
from explain.core.subject import Subject

__all__ = ["KERNEL_SHAP", "attribute"]


def attribute(view: View, options: Options) -> Tensor:
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
    every = subsets == 2 ** (int(groups.max()) + 1)
    found: Tensor = _SeededKernelShap(view, every=every).attribute(
        view.inputs,
        baselines=view.baseline,
        target=view.targets,
        additional_forward_args=view.fixed or None,
        feature_mask=groups,
        n_samples=subsets,
        perturbations_per_eval=view.at_once(subsets),
    )
    return found


class _SeededKernelShap(KernelShap):  # type: ignore[misc] # captum has no types
    """Captum's, with subsets from a seed of its own and a fit that needs no scikit-learn."""

    def __init__(self, view: View, *, every: bool) -> None:
        super().__init__(view.model)
        self.interpretable_model = _LeastSquares()
        self._every = every
        self._generator = torch.Generator().manual_seed(view.seed)

    def kernel_shap_perturb_generator(
        self, original_inp: Tensor, **settings: object
    ) -> Iterator[Tensor]:
        """Yield all players, none, then other subsets: each once, or drawn by the kernel."""
        del original_inp
        players = int(str(settings["num_interp_features"]))
        yield torch.ones(1, players, dtype=torch.long)
        yield torch.zeros(1, players, dtype=torch.long)
        yield from self._each(players) if self._every else self._drawn(players)

    def kernel_shap_similarity_kernel(
        self, _original: Tensor, _changed: Tensor, subset: Tensor, **_settings: object
    ) -> Tensor:
        """Return what a subset weighs: the Shapley kernel where each comes once, else 1."""
        players, size = subset.shape[1], int(subset.sum())
        if not self._every or size in {0, players}:
            return torch.ones(1)
        weight = (players - 1) / (math.comb(players, size) * size * (players - size))
        return torch.tensor([weight])

    def _each(self, players: int) -> Iterator[Tensor]:
        for number in range(1, 2**players - 1):
            yield (torch.tensor([number]) >> torch.arange(players) & 1)[None].long()

    def _drawn(self, players: int) -> Iterator[Tensor]:
        sizes = torch.arange(1, players)
        chances = 1 / (sizes * (players - sizes)).double()
        while True:
            size = int(sizes[torch.multinomial(chances, 1, generator=self._generator)])
            subset = torch.zeros(1, players, dtype=torch.long)
            subset[0, torch.randperm(players, generator=self._generator)[:size]] = 1
            yield subset


class _LeastSquares(Model):  # type: ignore[misc] # captum has no types
    """The linear picture through the ends: exact for all players and for none."""

    def fit(self, train_data: DataLoader[TensorDataset], **_settings: object) -> None:
        """Fit coefficients to (subsets, outputs); the first two are all players and none.

        Solved for how far each coefficient is from an equal share of the sum: the shortest such
        solution, so that players that no subset tells apart get the same.
        """
        rows = cast("TensorDataset", train_data.dataset).tensors
        subsets, outputs, weights = (x.double() for x in rows)
        equal = (outputs[0] - outputs[1]) / subsets.shape[1]
        centred = subsets[2:] - subsets[2:].mean(1, keepdim=True)
        wanted = outputs[2:] - outputs[1] - subsets[2:].sum(1) * equal
        scale = weights[2:, None].sqrt()
        solved = torch.linalg.lstsq(centred * scale, wanted[:, None] * scale, driver="gelsd")
        self._coefficients: Tensor = equal + solved.solution[:, 0]

    def representation(self) -> Tensor:
        """Return the coefficients [players]."""
        return self._coefficients

    def __call__(self, subsets: Tensor) -> Tensor:
        """Return the linear picture of subsets [n, players] but for its constant."""
        return subsets.double() @ self.representation()


def fits(subject: Subject) -> str | None:
    """Return why the subject cannot be served: a single part has no subsets."""
    if count(subject, {"tiles": TILES.default}) < 2:
        return "A sample of a single part has no subsets to compare."
    return no_entrance(subject)


KERNEL_SHAP = Attributor(
    key="kernel-shap",
    title="Kernel SHAP",
    line="The best linear picture of what random subsets of the parts put out.",
    family="perturbation",
    function=attribute,
    formula="argmin_φ Σ_S k(S) · (f(S) - f(∅) - Σ_{i∈S} φ_i)², Σφ = f(x) - f(b)",
    source="Lundberg and Lee 2017, arXiv:1705.07874, theorem 2",
    passes=lambda subject, options: _subsets(count(subject, options), options),
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
    fits=fits,
)
