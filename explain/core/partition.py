"""A network split into modules, and how good the split is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from explain.core.intervals import Measurement
from explain.core.provenance import Provenance

UnitLabels = Mapping[str, NDArray[np.int64]]
"""Layer -> the module of each of its units [units]; -1 where a unit stands in no module."""


class Structure(StrEnum):
    """What became of the search for modules.

    `NONE`: it was searched, and everything is one module. `BLOCKS`: blocks of the architecture
    stand in for modules that were not found. `MODULES`: anything else.
    """

    MODULES = "modules"
    NONE = "none"
    BLOCKS = "blocks"


LEAST_MARGIN, LEAST_DEVIATIONS = 1.12, 4.0
"""The bar that an eigenvalue has to pass (`ModuleCount.bar`): so many times the upper quartile of
null networks', and so many standard deviations above their median."""

PLANTED_LEAK = 0.5
"""How strong ties between planted modules are, beside those within, when power is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCount:
    """How many modules a network has, by parallel analysis.

    `eigenvalues` [most]: the largest of the network, falling. `null_largest` [networks]: the
    largest of each network without structure whose units keep the number and the strength of
    their ties. `count` is 1 plus the eigenvalues above the bar; 1 means that no modules were found.
    `power`: the share of networks without structure, `planted` of them, in which two modules are
    counted once they are planted there (`PLANTED_LEAK`).
    """

    count: int
    eigenvalues: NDArray[np.float64]
    null_largest: NDArray[np.float64]
    power: float
    planted: int

    @property
    def can_tell(self) -> bool:
        """Return whether planted modules are counted more often than not."""
        return self.power > 0.5

    @property
    def bar(self) -> float:
        """Return what an eigenvalue has to exceed, from `null_largest`.

        Not their maximum, nor their standard deviation: where ties are few, one in ten null
        networks has by chance a pair of units tied to each other alone, whose eigenvalue is about
        1. The deviation is 1.4826 times the median distance from the median.
        """
        middle, upper = np.quantile(self.null_largest, (0.5, 0.75))
        deviation = 1.4826 * np.median(np.abs(self.null_largest - middle))
        return float(max(LEAST_MARGIN * upper, middle + LEAST_DEVIATIONS * deviation))

    @property
    def margin(self) -> float:
        """Return the last eigenvalue that counts, or else the first, over the bar."""
        deciding = float(self.eigenvalues[max(0, self.count - 2)])
        return deciding / self.bar if self.bar > 0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Every hidden unit in exactly one module, dead ones in none where modules were looked for.

    `labels`: hidden layer -> module of each unit, 0 to `count` - 1, modules by falling size, -1 for
    a unit that stands in no module. `names`: one per module. `inputs` and `outputs`: the module
    that each input and each output is tied to most strongly; they belong to no module themselves,
    since neither can be removed.
    `dead`: how many units no weight leads into or are never active on the calibration rows; the
    architecture and a person may put them into a module all the same. `estimate`: how the number
    of modules was found, None where it was given or the method finds its own.
    `structure`: whether these modules were found, asked for, or shown for want of any.
    """

    method: str
    labels: UnitLabels
    names: tuple[str, ...]
    inputs: UnitLabels
    outputs: UnitLabels
    dead: int
    estimate: ModuleCount | None
    structure: Structure
    provenance: Provenance

    @property
    def count(self) -> int:
        """Return the number of modules."""
        return len(self.names)

    @property
    def was_found(self) -> bool:
        """Return whether modules were looked for and several were found."""
        return self.estimate is not None and self.estimate.count > 1 and self.count > 1

    @property
    def modules(self) -> tuple[UnitLabels, ...]:
        """Return for each module its units: layer -> indices; layers without any are left out."""
        return tuple(
            {
                layer: np.flatnonzero(labels == module)
                for layer, labels in self.labels.items()
                if (labels == module).any()
            }
            for module in range(self.count)
        )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Return the number of units of each module."""
        everything = np.concatenate([np.zeros(0, np.int64), *self.labels.values()])
        return np.bincount(everything[everything >= 0], minlength=self.count).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionQuality:
    """What a split is worth, beside networks without structure.

    `cut`: share of all |weight| between modules. `modularity`: Newman's Q. `n_cut`: Σ over modules
    of |weight| that leaves / |weight| that touches. `effect`: `n_cut` divided by its mean over
    null networks that the same method split into as many modules (below 1: better than
    chance). `p_value`: the share of all networks, this one counted, with an n-cut as small.
    `null_n_cuts`, `null_modularities` [networks]. `stability`: mean adjusted Rand index with the
    same method's splits from other seeds. `traffic`: bytes that cross between modules for one
    sample (float32). `flows` [from, to]: the same by pair.
    """

    cut: float
    modularity: float
    n_cut: float
    effect: float
    p_value: float
    null_n_cuts: NDArray[np.float64]
    null_modularities: NDArray[np.float64]
    stability: Measurement
    traffic: int
    flows: NDArray[np.int64]
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Dendrogram:
    """From the whole network down to small groups of units, as a binary tree.

    Branch 0 is the whole network. For branch i: `parent`, `left`, `right` [branches] are branch
    numbers, -1 where there is none; `height`: the share of the branch's |weight| that runs between
    its two children, 0 for a leaf; `module`: the module a branch lies in, -1 above the modules.
    `units`: layer -> indices of the branch's units.
    """

    parent: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    height: NDArray[np.float64]
    module: NDArray[np.int64]
    units: tuple[UnitLabels, ...]
