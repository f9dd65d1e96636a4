"""connections: how many connections lead into each unit, and into each module."""

import numpy as np
from numpy.typing import NDArray

from explain.core.partition import UnitLabels
from explain.core.subject import Subject
from explain.decompose.contributions.layout import require_lifted
from explain.decompose.contributions.sites import Labels, module_count


def unit_connections(subject: Subject, labels: Labels) -> UnitLabels:
    """Return the weights other than 0 that lead into each unit: layer -> counts [units].

    Cost: one pass over the weights.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: not a lifted network.
    """
    network = require_lifted(subject.network)
    weights = {layer: network.get_parameter(f"{layer}.weight").detach() for layer in labels}
    return {
        layer: np.asarray(weight.reshape(len(weight), -1).count_nonzero(dim=1).numpy(), np.int64)
        for layer, weight in weights.items()
    }


def connections(subject: Subject, labels: Labels) -> NDArray[np.int64]:
    """Return the weights other than 0 that lead into the units of each module [K].

    Weights into units of layers that have no labels (those that give the answer, say) belong to
    no module. Cost: one pass over the weights.

    Raises:
        UnknownKey: no such layer.
        InvalidSubject: labels that do not fit, or not a lifted network.
    """
    found = np.zeros(module_count(labels), np.int64)
    for layer, counts in unit_connections(subject, labels).items():
        np.add.at(found, labels[layer], counts)
    return found
