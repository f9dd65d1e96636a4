"""Block: a square tile of a weight matrix dies."""

import numpy as np

from explain.core.messages import Message
from explain.core.methods import Grain, Options, Parameter
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.pruning.matrices import divided, matrix_weights


def block_sites(subject: Subject, options: Options) -> tuple[Site, ...]:
    """Return the tiles of every weight, row by row; a convolution is [out, in · kernel]."""
    side = int(options["side"])
    return tuple(_tiled(name, shape, side) for name, shape in matrix_weights(subject).items())


def _tiled(name: str, shape: tuple[int, ...], side: int) -> Site:
    down = np.arange(shape[0])[:, None] // side
    across = np.arange(int(np.prod(shape[1:])))[None, :] // side
    return divided(name, shape, (down * (across.max() + 1) + across).reshape(shape))


BLOCK = Grain(
    key="block",
    title="Blocks of weights",
    line="A square tile of a weight matrix dies; what is left over at its edges are smaller tiles.",
    kind="groups",
    one="block",
    many="blocks",
    still="{kept} of {total} blocks left",
    parameters=(
        Parameter(
            key="side",
            title="Side of a block",
            line="A block is so many rows by so many columns.",
            default=4,
            low=1,
            high=1_024,
        ),
    ),
    function=block_sites,
    source="Narang et al. 2017, arXiv:1711.02782",
    differs="Chosen once by a score. A tile at an edge has fewer weights, so its sum is smaller "
    "and it goes earlier. The matrix of a convolution is [outputs, inputs · kernel].",
    fits=lambda subject: None if matrix_weights(subject) else Message("pruning.no_blocks"),
)
