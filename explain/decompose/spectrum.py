"""The largest eigenvalues of a symmetric operator that is only known by its products."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Spectrum", "largest"]

Operator = Callable[[Tensor], Tensor]

_BLOCK = 8
_MOST_STEPS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`values` [count], falling; `vectors` [n, count], orthonormal columns, float64."""

    values: Tensor
    vectors: Tensor


def largest(
    product: Operator, size: int, count: int, *, seed: int = 0, tolerance: float = 1e-3
) -> Spectrum:
    """Return the algebraically largest eigenpairs by block Krylov iteration with Rayleigh-Ritz.

    Args:
        product: maps [n, columns] float32 to the operator's product with it.
        size: n.
        count: how many pairs; fewer where n is smaller.
        seed: of the first block of vectors; same seed, same bytes.
        tolerance: stops when no residual is above this share of the largest |eigenvalue|.

    A block of vectors finds equal eigenvalues together, which a single vector would miss.
    Source: Golub and Underwood 1977, "The block Lanczos method for computing eigenvalues".
    """
    count = min(count, size)
    width = min(size, max(_BLOCK, min(count, 2 * _BLOCK)))
    random = torch.Generator().manual_seed(seed)
    block = torch.linalg.qr(torch.randn(size, width, generator=random))[0]
    basis, images = block, product(block)
    for step in range(_MOST_STEPS):
        room = size - basis.shape[1]
        found, residual = _ritz(basis, images, count)
        if room <= 0 or (step and residual <= tolerance):
            break
        fresh = _fresh(images[:, -block.shape[1] :], basis)[:, :room]
        block = fresh
        basis = torch.cat([basis, block], 1)
        images = torch.cat([images, product(block)], 1)
    return found


def _fresh(block: Tensor, basis: Tensor) -> Tensor:
    """Return the block made orthonormal, and orthogonal to the basis (twice is enough)."""
    for _ in range(2):
        block = block - basis @ (basis.T @ block)
        block = torch.linalg.qr(block)[0]
    return block


def _ritz(basis: Tensor, images: Tensor, count: int) -> tuple[Spectrum, float]:
    """Return the best eigenpairs inside a subspace and their largest relative residual."""
    inner = (basis.T @ images).double()
    values, turns = torch.linalg.eigh((inner + inner.T) / 2)
    wanted = min(count, len(values))
    scale = float(values.abs().max().clamp_min(1e-30))
    values, turns = values[-wanted:].flip(0), turns[:, -wanted:].flip(1)
    vectors = basis.double() @ turns
    gap = images.double() @ turns - vectors * values
    return Spectrum(values=values, vectors=vectors), float(gap.norm(dim=0).max()) / scale
