"""All pruning: criteria, ranked scores, masks and masked copies."""

from explain.pruning.catalog import CRITERIA, criterion
from explain.pruning.masking import masked_tensors, prune
from explain.pruning.order import death_ranks, fixed_pruned, groups
from explain.pruning.ranking import score
from explain.pruning.recalibration import (
    RECALIBRATION_ROWS,
    offer_recalibration,
    recalibrate,
    recalibration_refusal,
)
from explain.pruning.selection import select

__all__ = [
    "CRITERIA",
    "RECALIBRATION_ROWS",
    "criterion",
    "death_ranks",
    "fixed_pruned",
    "groups",
    "masked_tensors",
    "offer_recalibration",
    "prune",
    "recalibrate",
    "recalibration_refusal",
    "score",
    "select",
]
