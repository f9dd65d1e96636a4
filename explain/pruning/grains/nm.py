"""N:M: of M weights that stand one after the other along the inputs, N stay."""

import numpy as np
from torch import Tensor

from explain.core.errors import InvalidOption
from explain.core.messages import Message
from explain.core.methods import Grain, Options, Parameter
from explain.core.scores import Owner, Site
from explain.core.subject import Subject
from explain.pruning.matrices import divided, matrix_weights


def nm_sites(subject: Subject, options: Options) -> tuple[Site, ...]:
    """Return the groups of M weights of every weight, row by row; a last one of fewer stays.

    Raises:
        InvalidOption: N is not smaller than M.
    """
    kept, size = int(options["n"]), int(options["m"])
    if kept >= size:
        raise InvalidOption("pruning.all_kept", kept=kept, size=size)
    return tuple(
        divided(name, shape, _groups(shape, size), rows=shape[0])
        for name, shape in matrix_weights(subject).items()
        if shape[1] >= size
    )


def _groups(shape: tuple[int, ...], size: int) -> Owner:
    rows, width, *kernel = shape
    whole = width // size
    of_group = np.arange(rows * whole * int(np.prod(kernel))).reshape(rows, whole, *kernel)
    owner = np.full(shape, -1)
    owner[:, : whole * size] = of_group.repeat(size, axis=1)
    return owner


def pick(owner: Owner, scores: Tensor, options: Options) -> Owner:
    """Leave to each group only what it loses: its M - N lowest scores, equal ones in order."""
    kept, size = int(options["n"]), int(options["m"])
    rows, width, *kernel = owner.shape
    groups = scores[:, : width // size * size].reshape(rows, -1, size, *kernel)
    # Where each weight stands in its group: the place in the order of the order.
    places = groups.argsort(dim=2, stable=True).argsort(dim=2)
    stays = np.ones(owner.shape, np.bool_)
    lost = (places < size - kept).reshape(rows, -1, *kernel)
    stays[:, : lost.shape[1]] = ~lost.numpy()
    return np.where(stays, -1, owner)


def _fits(subject: Subject) -> Message | None:
    """Return why nothing can die: no layer has two inputs."""
    wide = any(shape[1] > 1 for shape in matrix_weights(subject).values())
    return None if wide else Message("pruning.no_groups")


N_OF_M = Grain(
    key="nm",
    title="N:M (2:4 and others)",
    line="Groups of M neighbouring weights along the inputs are brought to N; the amount says how "
    "many groups. At 100 % every whole group is N:M.",
    kind="weights",
    one="whole group",
    many="groups",
    still="{kept} of {total} groups left whole",
    parameters=(
        Parameter(
            key="n",
            title="N: weights that stay in a group",
            line="The N with the highest scores stay.",
            default=2,
            low=0,
            high=255,
        ),
        Parameter(
            key="m",
            title="M: weights in a group",
            line="M weights of one output that stand one after the other along the inputs.",
            default=4,
            low=2,
            high=256,
        ),
    ),
    scopes=("global", "layer", "row"),
    function=nm_sites,
    pick=pick,
    source="Zhou et al. 2021, arXiv:2102.04010; Mishra et al. 2021, arXiv:2104.08378",
    differs="They bring all groups to N:M at once and train on; here the amount is the share of "
    "groups, those first that lose least, and nothing is retrained. Of a convolution a group runs "
    "along the input channels at one place of the kernel. What is left over at the end of a row "
    "stays.",
    fits=_fits,
)
