"""From the scores of weights to the scores of entries: a sum, or a Euclidean norm."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from explain.core.entries import Part, Site

Gather = Literal["sum", "norm"]


def gathered(site: Site, scores: Mapping[str, Tensor], how: Gather) -> Tensor:
    """Return the score of every entry of a site [entries].

    Args:
        site: its parts say which weights belong to which entry.
        scores: weight name -> scores shaped like the weight.
        how: "sum" Σ s, or "norm" √Σ s².
    """
    found = [_of_part(part, scores[part.name], site.entries, how) for part in site.weights]
    if len(found) == 1:
        return found[0]
    joined = torch.stack([one.double() for one in found])
    return joined.sum(0) if how == "sum" else joined.norm(dim=0)


def _of_part(part: Part, scores: Tensor, entries: int, how: Gather) -> Tensor:
    """Gather over the axes that an entry spans whole, then over the cells that are left."""
    if part.owner is None:
        return scores.flatten()
    spanned = tuple(axis for axis, size in enumerate(part.owner.shape) if size == 1)
    cells = _over(scores, spanned, how) if spanned else scores
    owner = part.owner.ravel()
    # The usual case, every cell an entry: no second sum, and the precision of the scores is kept.
    if np.array_equal(owner, np.arange(entries)):
        return cells.flatten()
    inside = owner >= 0
    values = cells.double().flatten().numpy()[inside]
    summed = np.bincount(owner[inside], _power(values, how), minlength=entries)
    return torch.from_numpy(summed if how == "sum" else np.sqrt(summed))


def _power(values: np.ndarray, how: Gather) -> np.ndarray:
    return values if how == "sum" else np.square(values)


def _over(scores: Tensor, axes: tuple[int, ...], how: Gather) -> Tensor:
    return scores.sum(axes) if how == "sum" else torch.linalg.vector_norm(scores, dim=axes)
