"""Kernel: what one input channel gives to one output channel of a convolution dies."""

import numpy as np

from explain.core.messages import Message
from explain.core.methods import Grain, Options
from explain.core.scores import Site
from explain.core.subject import Subject
from explain.network import UNIT_LAYERS
from explain.pruning.matrices import divided, matrix_weights


def kernel_sites(subject: Subject, _options: Options) -> tuple[Site, ...]:
    """Return the kernels of every convolution, row by row."""
    return tuple(
        divided(
            name,
            shape,
            np.arange(shape[0] * shape[1]).reshape(*shape[:2], *(1 for _ in shape[2:])),
            rows=shape[0],
        )
        for name, shape in matrix_weights(subject, UNIT_LAYERS[1:]).items()
    )


KERNEL = Grain(
    key="kernel",
    title="Kernels of convolutions",
    line="The whole kernel between two channels of a convolution dies.",
    kind="groups",
    one="kernel",
    many="kernels",
    still="{kept} of {total} kernels left",
    scopes=("global", "layer", "row"),
    function=kernel_sites,
    source="Mao et al. 2017, arXiv:1705.08922, section 3",
    differs="Nothing is retrained. Transposed convolutions stay.",
    fits=lambda subject: None if kernel_sites(subject, {}) else Message("pruning.no_kernels"),
)
