"""What the modules of a network contribute, alone, in pairs, and when given back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.intervals import Measurement
from explain.core.messages import Message
from explain.core.provenance import Provenance

Values = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """What each of K modules adds to one number of some rows.

    `value` is "logit", "probability" or "loss" (where a positive contribution does harm);
    `replacement` is what stands for a hidden module: "zero", "mean" or "resample". `rows` [n];
    `targets` [n] the output looked at. `per_row` [n, K] the Shapley values, `shapley` [K] their
    means with 95 % intervals `low`, `high` [K] (over rows, widened by the sampling error where
    orders were sampled; a single row that was counted exactly has its value as its interval, but
    for "resample", where the interval comes from the samples that stood in).
    `ablations` [n, K]: by how much the number falls when that module alone is hidden; `ablation`
    [K] their means. `whole`, `empty` [n]: the number with all modules and with none. `residual`
    [n]: Σ per_row - (whole - empty), which is rounding, whether exact or sampled.
    `sampling` [K]: half the width of the 95 % interval that comes from sampled orders, and for a
    single row from resampled samples; 0 where nothing was sampled. `units` [K]: how many units of
    each module can be hidden. `coalitions` sets of modules were evaluated.
    """

    value: str
    replacement: str
    rows: Rows
    targets: Rows
    per_row: Values
    shapley: Values
    low: Values
    high: Values
    ablations: Values
    ablation: Values
    whole: Values
    empty: Values
    residual: Values
    sampling: Values
    exact: bool
    units: NDArray[np.int64]
    coalitions: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Conductances:
    """What the units of one layer that belong to each of K modules pass on to an output.

    `sums` [n, K] of n rows: layer conductances summed over the units of each module; None where
    the layer is no full cut, and `reason` says why. `gaps` [n]: how far they are from adding up to
    what the output changes by from the baseline, as in `Explanation`.
    """

    layer: str
    sums: Values | None
    gaps: Values | None
    reason: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContributionChange:
    """By how much the contribution of each of K modules differs between two networks.

    `change` [K]: the mean over `n` paired rows of after - before, `low`, `high` [K] its 95 %
    interval.
    """

    change: Values
    low: Values
    high: Values
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactions:
    """How K modules work together: the pairwise Shapley interaction index of some rows.

    `matrix` [K, K] means over rows, symmetric, 0 on the diagonal: above 0 two modules add more
    together than each by itself (synergy), below 0 they say the same (redundancy). `low`, `high`
    [K, K]: 95 % intervals as in `Contributions`. The other fields are as in `Contributions`.
    """

    value: str
    replacement: str
    rows: Rows
    targets: Rows
    matrix: Values
    low: Values
    high: Values
    exact: bool
    coalitions: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenAlone:
    """By how much the headline metric changes when each of K modules alone is hidden.

    `replacement`: "mean" of each unit over the calibration rows, or "zero" where there are none.
    `changes` [K]: below 0 the metric falls; 95 % intervals are paired by row. `rows` [n].
    """

    replacement: str
    changes: tuple[Measurement, ...]
    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How much signal goes from module to module: Σ (weight · standard deviation)².

    `between` [K, K]: from the row's module into the column's. `from_inputs`, `to_outputs` [K]:
    from the network's inputs, and into layers that no module holds.
    """

    between: Values
    from_inputs: Values
    to_outputs: Values
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenBack:
    """What giving one part its dense weights back does to the decisions.

    `part`: the name of a module or of a layer. `restored` numbers of the network changed.
    `repaired`: decisions that pruning had changed and that are the dense ones again, `share` of all
    such; `low`, `high`: Wilson's 95 % interval of that share. `broken`: decisions that pruning left
    alone and that changed now.
    """

    part: str
    restored: int
    repaired: int
    share: float
    low: float
    high: float
    broken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveBack:
    """Which part of what pruning took caused the changed decisions.

    `changed` [n]: the rows that pruning decides differently. `parts`: most decisions repaired
    first, then fewest numbers restored. `all_repaired`: decisions repaired when everything is
    given back, which must be all of them.
    """

    changed: Rows
    parts: tuple[GivenBack, ...]
    all_repaired: int
    provenance: Provenance
