"""Row: all that comes into one output of a weight dies, its bias stays."""

import numpy as np

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.network import layer_of, output_layers
from explain.pruning.matrices import divided, matrix_weights


def row_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the rows of every weight that does not give the answer."""
    last = output_layers(subject.network)
    return tuple(
        divided(name, shape, np.arange(shape[0]).reshape(-1, *(1 for _ in shape[1:])))
        for name, shape in matrix_weights(subject).items()
        if layer_of(name) not in last
    )


ROW = Grain(
    key="row",
    title="Rows of weights",
    line="All weights into one output of a layer die; its bias and its norm stay.",
    kind="groups",
    one="row",
    many="rows",
    still="{kept} of {total} rows left",
    function=row_sites,
    source="Wen et al. 2016, arXiv:1608.03665, section 3.1",
    differs="Chosen by a score, not learned with a group lasso. A unit also loses its bias and its "
    "BatchNorm's scale and shift; a row keeps them. Rows that give the answer stay.",
    fits=lambda subject: None if row_sites(subject, {}) else Message("pruning.no_rows"),
)
