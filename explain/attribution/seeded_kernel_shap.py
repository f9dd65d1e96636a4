"""Captum's Kernel SHAP with the subsets, weights and fit that ours is defined by."""

import math
from collections.abc import Iterator
from typing import cast

import torch
from captum._utils.models.model import Model
from captum.attr import KernelShap
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from explain.attribution.view import View


class SeededKernelShap(KernelShap):  # type: ignore[misc] # captum has no types
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
        # All subsets of a size together: the number of them cancels the binomial of the kernel.
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
