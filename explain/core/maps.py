"""What the units of one layer answer to one sample, and where."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.measurement import Measurement
from explain.core.provenance import Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureMaps:
    """The activations of a layer for one sample, after its activation function.

    `kind` "maps": `maps` [channels, height, width]; "tokens": [units, tokens]; "units": [units].
    `relevance` [channels]: Σ activation · ∂output/∂activation over positions, for the output
    `target`; `order` [channels]: channels by falling |relevance|. `dead` [channels]: exactly 0 at
    every position of every sample looked at. `heat` [height, width]: the same products added up
    over channels, so that it sums to Σ `relevance`; None where there is no image. `localisation`
    holds the numbers of that map, one measurement each; empty where there is none.
    """

    layer: str
    sample: int
    target: int
    kind: Literal["maps", "tokens", "units"]
    maps: NDArray[np.float32]
    relevance: NDArray[np.float64]
    order: NDArray[np.int64]
    dead: NDArray[np.bool_]
    localisation: tuple[Measurement, ...]
    provenance: Provenance
    heat: NDArray[np.float64] | None = None
