"""connections: how many connections lead into each module."""

import numpy as np
from numpy.typing import NDArray

from explain.core.subject import Subject
from explain.decompose.layout import lifted
from explain.decompose.sites import Labels, module_count

__all__ = ["connections"]


def connections(subject: Subject, labels: Labels) -> NDArray[np.int64]:
    """Return the weights other than 0 that lead into the units of each module [K].

    Weights into units of layers that have no labels (those that give the answer, say) belong to
    no module. Cost: one pass over the weights.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: labels that do not fit, or not a lifted network.
    """
    network, count = lifted(subject.network), module_count(labels)
    found = np.zeros(count, np.int64)
    for layer, owners in labels.items():
        weight = network.get_parameter(f"{layer}.weight").detach()
        alive = weight.reshape(len(weight), -1).count_nonzero(dim=1).numpy()
        np.add.at(found, owners, alive)
    return found
