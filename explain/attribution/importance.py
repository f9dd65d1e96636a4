"""importance: what a network looks at over many samples."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import InvalidSubject
from explain.core.explanation import Explanation
from explain.core.intervals import intervals
from explain.core.provenance import Provenance

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Importance:
    """Means over n rows for each part [*parts], with bootstrap 95 % intervals over rows.

    `signed`: the mean value, in units of the output: for or against what was explained. `size`:
    the mean |value|: how much the part matters either way. `order` lists the parts, flattened, by
    falling size.
    """

    method: str
    n: int
    signed: Values
    signed_low: Values
    signed_high: Values
    size: Values
    size_low: Values
    size_high: Values
    order: NDArray[np.int64]
    provenance: Provenance


def importance(explanation: Explanation) -> Importance:
    """Return the global importance of every part from explanations of many rows.

    The |values| of two networks are no measure of drift (see `similarity`): this says where to
    look first. Cost: no pass through the network; memory for a few copies of the values.

    Raises:
        InvalidSubject: fewer than two rows, which have no spread.
    """
    values = explanation.values
    if len(values) < 2:
        raise InvalidSubject("attribution.one_row")
    sizes = np.abs(values)
    signed_low, signed_high = intervals(values)
    size_low, size_high = intervals(sizes)
    size = sizes.mean(0)
    return Importance(
        method=explanation.method,
        n=len(values),
        signed=values.mean(0),
        signed_low=signed_low,
        signed_high=signed_high,
        size=size,
        size_low=size_low,
        size_high=size_high,
        order=np.argsort(-size.reshape(-1), kind="stable"),
        provenance=explanation.provenance,
    )
