"""All pruning: criteria, grains, ranked scores, masks and masked copies."""

from explain.pruning.catalog import (
    CRITERIA,
    GRAINS,
    control_of,
    criterion,
    grain,
    grain_for,
    misfit,
    options_of,
    parameters_of,
    refusal,
    scopes_of,
    scored_by,
    with_criterion,
)
from explain.pruning.folding import fold_constants, unfolded
from explain.pruning.heard import heard_units
from explain.pruning.masking import masked_tensors, prune
from explain.pruning.mending import mended
from explain.pruning.ranking import score
from explain.pruning.reach import left_alone
from explain.pruning.recalibration import (
    RECALIBRATION_ROWS,
    collapsed,
    recalibrate,
    recalibration_refusal,
)
from explain.pruning.refittable import repair_refusal, unrepaired
from explain.pruning.repair import RIDGE, repair, repair_rows, repair_work
from explain.pruning.selection import death_ranks, fixed_pruned, groups, select, weight_ranks

__all__ = [
    "CRITERIA",
    "GRAINS",
    "RECALIBRATION_ROWS",
    "RIDGE",
    "collapsed",
    "control_of",
    "criterion",
    "death_ranks",
    "fixed_pruned",
    "fold_constants",
    "grain",
    "grain_for",
    "groups",
    "heard_units",
    "left_alone",
    "masked_tensors",
    "mended",
    "misfit",
    "options_of",
    "parameters_of",
    "prune",
    "recalibrate",
    "recalibration_refusal",
    "refusal",
    "repair",
    "repair_refusal",
    "repair_rows",
    "repair_work",
    "scopes_of",
    "score",
    "scored_by",
    "select",
    "unfolded",
    "unrepaired",
    "weight_ranks",
    "with_criterion",
]
