"""Link: which units of one layer are read by which input features of another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Feature `features[i]` of layer `target` comes from unit `units[i]` of `source`.

    A weight that reads a feature joins its row with the feature's unit, with `share` of its size.
    `through_heads`: the number of attention heads between the two, 0 where there are none.
    """

    source: str
    target: str
    features: NDArray[np.int64]
    units: NDArray[np.int64]
    share: float = 1.0
    through_heads: int = 0
