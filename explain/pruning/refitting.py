"""The least change of weights that makes up for what is missing: sums of products, one solve."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

_LEAST = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalEquations:
    """Sums over all places of what a layer reads and what its outputs lack, in float64.

    `gram` [groups, columns, columns]: products of columns; `moment` [groups, columns, units of a
    group]: products of columns and of what each unit lacks.
    """

    gram: Tensor
    moment: Tensor

    @classmethod
    def of_no_places(cls, shape: Sequence[int]) -> Self:
        """Return sums over nothing for weights of this shape [groups, units, columns]."""
        groups, units, columns = shape
        return cls(
            gram=torch.zeros(groups, columns, columns, dtype=torch.float64),
            moment=torch.zeros(groups, columns, units, dtype=torch.float64),
        )

    def add(self, columns: Tensor, lacking: Tensor) -> None:
        """Add places: columns [groups, columns, places], lacking [groups, units, places].

        Products are taken in the type given and summed up in float64.
        """
        self.gram.add_(columns @ columns.mT)
        self.moment.add_(columns @ lacking.mT)

    def moved(self, old: Tensor, free: Tensor, ridge: float) -> Tensor:
        """Return weights [groups, units, columns] of which the free ones moved to the minimum.

        It is that of Σ (lacking - change · columns)² + λ Σ change², with λ `ridge` times the mean
        square of a column of the group. A unit whose squared error would not become smaller with
        the weights rounded to their type stays as it is, and so does a group whose sums are not
        finite.

        Args:
            old: the weights as they are.
            free: which may change.
            ridge: more than 0.
        """
        change = torch.zeros(old.shape, dtype=torch.float64)
        for gram, moment, may, into in zip(self.gram, self.moment, free, change, strict=True):
            if moment.any() and gram.isfinite().all() and moment.isfinite().all():
                _solve(gram, moment, may, ridge, into)
        new = (old.double() + change).to(old.dtype)
        better = self._gain(new.double() - old.double()) > 0
        return torch.where(better[..., None], new, old)

    def _gain(self, change: Tensor) -> Tensor:
        """Return by how much a change lowers the squared error of each unit [groups, units]."""
        along = (change * self.moment.mT).sum(2)
        found: Tensor = 2 * along - (change @ self.gram * change).sum(2)
        return found


def _solve(gram: Tensor, moment: Tensor, free: Tensor, ridge: float, into: Tensor) -> None:
    """Write the change of the weights of one group; units with the same free ones share a solve.

    Where fewer weights are gone than left, they are taken out of the solution with all of them.
    """
    held = _raised(gram, ridge * float(gram.diagonal().mean()))
    patterns, which = np.unique(free.numpy(), axis=0, return_inverse=True)
    few = 2 * patterns.sum(1) > len(gram)
    inverse = torch.cholesky_inverse(_decomposed(held)) if few.any() else held
    for place, pattern in enumerate(patterns):
        left, gone = (torch.from_numpy(np.flatnonzero(one)) for one in (pattern, ~pattern))
        units = torch.from_numpy(np.flatnonzero(which.reshape(-1) == place))
        wanted = moment[:, units]
        if few[place]:
            whole = inverse @ wanted
            change = (whole - inverse[:, gone] @ _solved(inverse, gone, whole[gone]))[left]
        else:
            change = _solved(held, left, wanted[left])
        into[units[:, None], left] = change.mT


def _solved(matrix: Tensor, places: Tensor, wanted: Tensor) -> Tensor:
    """Return the x of matrix · x = wanted [places, ...] with these rows and columns alone."""
    return torch.cholesky_solve(wanted, _decomposed(matrix[places[:, None], places]))


def _decomposed(matrix: Tensor) -> Tensor:
    """Return the Cholesky factor; where rounding leaves none, the diagonal grows until it does."""
    level = float(matrix.diagonal().mean()) * _LEAST
    factor, failed = torch.linalg.cholesky_ex(matrix)
    while failed:
        factor, failed = torch.linalg.cholesky_ex(_raised(matrix, level))
        level *= 10
    found: Tensor = factor
    return found


def _raised(matrix: Tensor, level: float) -> Tensor:
    """Return a matrix with so much added on its diagonal."""
    found = matrix.clone()
    found.diagonal().add_(level)
    return found
