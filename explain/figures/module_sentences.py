"""What was found about the modules of a network, in sentences."""

from collections.abc import Sequence

import numpy as np

from explain.core.contributions import Contributions, Interactions
from explain.core.messages import say
from explain.core.partition import Partition, Structure


def partition_sentences(parts: Partition) -> tuple[str, ...]:
    """Return what became of the search for modules, the most important sentence first."""
    if parts.structure is Structure.NONE:
        return say("modules.none_found"), *_estimated(parts), _sizes(parts)
    if parts.structure is Structure.BLOCKS:
        return say("modules.none_found"), say("modules.blocks_instead"), _sizes(parts)
    return (_sizes(parts),)


def _estimated(parts: Partition) -> tuple[str, ...]:
    estimate = parts.estimate
    if estimate is None or not len(estimate.eigenvalues):
        return ()
    return (
        say(
            "modules.no_larger_eigenvalue",
            eigenvalue=float(estimate.eigenvalues[0]),
            networks=len(estimate.null_largest),
            null_eigenvalue=float(estimate.null_largest.max()),
        ),
    )


def _sizes(parts: Partition) -> str:
    *most, last = (f"{size:,}" for size in parts.sizes)
    if most:
        return say("modules.sizes", count=parts.count, most=most, last=last)
    searched = parts.structure is Structure.NONE
    return say("modules.all_in_one" if searched else "modules.one_asked_for", units=last)


def contributions_sentence(found: Contributions, names: Sequence[str]) -> str:
    """Return which module adds most, over how many rows."""
    if len(found.shapley) == 1:
        return say("modules.one_adds", value=found.value, adds=float(found.shapley[0]))
    first = int(np.argmax(np.abs(found.shapley)))
    return say(
        "modules.adds_most",
        value=found.value,
        n=len(found.rows),
        module=names[first],
        adds=float(found.shapley[first]),
        low=float(found.low[first]),
        high=float(found.high[first]),
        empty=float(found.empty.mean()),
        whole=float(found.whole.mean()),
    )


def interactions_sentence(found: Interactions, names: Sequence[str]) -> str:
    """Return which pair of modules interacts most."""
    matrix = found.matrix
    one, other = sorted(map(int, np.unravel_index(int(np.argmax(np.abs(matrix))), matrix.shape)))
    strongest = float(matrix[one, other])
    if strongest == 0:
        return say("modules.no_interaction", value=found.value)
    return say(
        "modules.more_together" if strongest > 0 else "modules.less_together",
        value=found.value,
        one=names[one],
        other=names[other],
        adds=abs(strongest),
    )
