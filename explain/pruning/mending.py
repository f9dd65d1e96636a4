"""mended: a pruned copy with what was asked for beside its masks."""

from explain.core.comparison import Masked
from explain.core.resources import Progress
from explain.core.subject import Subject
from explain.pruning.folding import fold_constants
from explain.pruning.recalibration import recalibrate
from explain.pruning.repair import repair


def mended(copy: Subject, how: Masked, dense: Subject, progress: Progress | None = None) -> Subject:
    """Return a pruned copy folded, repaired and recalibrated, each where `how` says so.

    In this order: the repair moves the constants that folding put into biases along, and
    statistics made anew before it would be those of a network that it changes.

    Args:
        copy: the copy as its masks made it.
        how: what to mend.
        dense: what it was pruned from.
        progress: called with the share of the repair done; may raise to cancel.

    Raises:
        Refused: as `fold_constants`, `repair` and `recalibrate`.
    """
    folded = fold_constants(copy) if how.folded else copy
    fixed = repair(folded, dense, progress=progress) if how.repaired else folded
    return recalibrate(fixed) if how.recalibrated else fixed
