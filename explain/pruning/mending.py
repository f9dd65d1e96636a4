"""mended: a pruned copy with what was asked for beside its masks."""

from explain.core.comparison import Masked
from explain.core.subject import Subject
from explain.pruning.folding import fold_constants
from explain.pruning.recalibration import recalibrate


def mended(copy: Subject, how: Masked) -> Subject:
    """Return a pruned copy folded and recalibrated, each where `how` says so, in this order.

    Raises:
        Refused: as `fold_constants` and `recalibrate`.
    """
    folded = fold_constants(copy) if how.folded else copy
    return recalibrate(folded) if how.recalibrated else folded
