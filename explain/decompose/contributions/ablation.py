"""ablations: by how much a number falls when one module, layer part or unit alone is hidden."""

import numpy as np
from numpy.typing import NDArray

from explain.core.progress import Progress
from explain.core.subject import Subject
from explain.decompose.contributions.game import game, worth
from explain.decompose.contributions.sites import Labels


def ablations(
    subject: Subject,
    labels: Labels,
    rows: NDArray[np.int64],
    *,
    value: str = "logit",
    targets: int | NDArray[np.int64] | None = None,
    replacement: str = "zero",
    seed: int = 0,
    progress: Progress | None = None,
) -> NDArray[np.float64]:
    """Return v(all modules) - v(all but one) for each row and module [n, K].

    Modules that share work are counted twice, and those that stand in for each other not at all:
    the sum means nothing. To ablate single units, give each a module of its own (62 at a time).

    Args: as `module_contributions`.

    Cost: up to K + 1 passes of each row; one module in the layer before a linear layer or a
    convolution costs that layer its own share alone.

    Raises:
        Everything that `module_contributions` raises.
    """
    played = game(
        subject,
        labels,
        rows,
        value=value,
        targets=targets,
        replacement=replacement,
        seed=seed,
    )
    sets = np.concatenate(
        [np.ones((1, played.players), np.bool_), ~np.eye(played.players, dtype=np.bool_)]
    )
    worths = worth(played, sets, progress)
    return np.asarray((worths[0] - worths[1:]).T)
