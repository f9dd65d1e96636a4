"""LAMP: magnitude, made comparable across layers by what would be left of each layer."""

import torch
from torch import Tensor

from explain.core.methods import Criterion
from explain.pruning.criteria.magnitude import magnitude_scores


def normalise(magnitudes: Tensor) -> Tensor:
    """Return the LAMP scores of one tensor's magnitudes.

    Args:
        magnitudes: [size], ascending.

    Returns:
        [size] float64 in 0..1, ascending: w² over the sum of w² of itself and all larger ones;
        0 where that sum is 0.
    """
    squares = magnitudes.double().square()
    remaining = squares.flip(0).cumsum(0).flip(0)
    return torch.where(remaining > 0, squares / remaining, 0.0)


LAMP = Criterion(
    key="lamp",
    title="LAMP",
    line="Magnitude relative to what is left of the layer; chooses the layers' shares by itself.",
    entries=("weights", "groups", "units"),
    granularity="weight",
    scopes=("global",),
    function=magnitude_scores,
    gather="norm",
    normalise=normalise,
    formula="w_u² / Σ w_v² over v ranked at or above u in the same tensor",
    source="Lee et al. 2021, arXiv:2010.07611, definition of the LAMP score",
    differs="Equal magnitudes are ranked by their flat index. Inside one tensor the order is "
    "that of magnitude, so scores are compared globally only. What takes several weights has "
    "the Euclidean norm of these in place of a magnitude.",
)
