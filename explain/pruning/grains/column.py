"""Column: all that one input gives to a layer dies."""

import numpy as np
from numpy.typing import NDArray

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.pruning.matrices import divided, matrix_weights, module_of_weight


def column_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the columns of every weight; in a grouped convolution those of each group."""
    return tuple(
        divided(
            name, shape, _inputs(shape, int(getattr(module_of_weight(subject, name), "groups", 1)))
        )
        for name, shape in matrix_weights(subject).items()
    )


def _inputs(shape: tuple[int, ...], groups: int) -> NDArray[np.int64]:
    """Return the input behind every (row, column) of a weight."""
    rows, width, *kernel = shape
    columns = np.arange(width).reshape(1, -1)
    if groups > 1:
        columns = np.arange(rows)[:, None] // (rows // groups) * width + columns
    return columns.reshape(*columns.shape, *(1 for _ in kernel))


COLUMN = Grain(
    key="column",
    title="Columns of weights",
    line="All weights that one input (a feature, a channel) has in a layer die.",
    kind="groups",
    one="column",
    many="columns",
    still="{kept} of {total} columns left",
    function=column_sites,
    source="Wen et al. 2016, arXiv:1608.03665, section 3.1",
    differs="Chosen by a score, not learned with a group lasso. Of a convolution the whole input "
    "channel dies, not one place of its kernels.",
    fits=lambda subject: None if column_sites(subject, {}) else Message("pruning.no_columns"),
)
