"""The largest eigenvalues of a symmetric operator that is only known by its products."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Operator = Callable[[Tensor], Tensor]

_BLOCK = 8
_MOST_STEPS = 40
_LOOK = 2
"""Steps between looks at the eigenpairs found so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """`values` [count], falling; `vectors` [n, count], orthonormal columns, float64."""

    values: Tensor
    vectors: Tensor


def largest_eigenpairs(
    product: Operator, size: int, count: int, *, seed: int = 0, tolerance: float = 1e-3
) -> Spectrum:
    """Return the algebraically largest eigenpairs by block Lanczos iteration with Rayleigh-Ritz.

    Args:
        product: maps [n, columns] float32 to the operator's product with it.
        size: n.
        count: how many pairs; fewer where n is smaller.
        seed: of the first block of vectors; same seed, same bytes.
        tolerance: stops when no residual is above this share of the largest |eigenvalue|.

    A block of vectors finds equal eigenvalues together, which a single vector would miss. What
    making a product orthogonal to the basis takes away is the operator inside that basis, and what
    it leaves is the residual, so neither costs a product of its own.
    Source: Golub and Underwood 1977, "The block Lanczos method for computing eigenvalues". Differs:
    every block is made orthogonal to all before it, twice.
    """
    count = min(count, size)
    width = min(size, max(_BLOCK, min(count, 2 * _BLOCK)))
    basis = torch.empty(min(size, width * _MOST_STEPS), size)
    random = torch.Generator().manual_seed(seed)
    basis[:width] = torch.linalg.qr(torch.randn(size, width, generator=random))[0].T
    inner = torch.zeros(0, 0)
    for step, at in enumerate(range(0, len(basis), width), start=1):
        rows, known = basis[at : at + width], basis[: at + width]
        inside, fresh, left = _apart(product(rows.T.contiguous()).T, known)
        inner = _grown(inner, inside)
        room = basis[at + width : at + 2 * width]
        if len(room) == 0 or step % _LOOK == 0:
            values, turns = _ritz(inner, count)
            gap = (left.double() @ turns[-len(rows) :]).norm(dim=0).max()
            if float(gap) <= tolerance * float(values.abs().max().clamp_min(1e-30)):
                break
        room[:] = fresh[: len(room)]
    return Spectrum(values=values, vectors=known.T.double() @ turns)


def _apart(images: Tensor, basis: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return rows [w, n] as insideᵀ · basis [p, n] + leftᵀ · fresh [w, n], fresh orthonormal."""
    inside = images @ basis.T
    fresh, left = torch.linalg.qr((images - inside @ basis).T)
    again = fresh.T @ basis.T
    fresh, more = torch.linalg.qr((fresh.T - again @ basis).T)
    return inside.T, fresh.T.contiguous(), more @ left


def _grown(inner: Tensor, inside: Tensor) -> Tensor:
    """Return a symmetric matrix with the columns `inside` [p, w] and as many rows added."""
    before, whole = len(inner), len(inside)
    grown = torch.zeros(whole, whole, dtype=torch.float64)
    grown[:before, :before] = inner
    grown[:, before:] = inside
    grown[before:, :before] = inside[:before].T
    return grown


def _ritz(inner: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the largest eigenvalues [c], falling, and their eigenvectors [p, c]."""
    values, turns = torch.linalg.eigh((inner + inner.T) / 2)
    wanted = min(count, len(values))
    return values[-wanted:].flip(0), turns[:, -wanted:].flip(1)
