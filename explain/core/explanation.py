"""What was found out about a network: feature maps, explanations, drift, and verdicts as keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from explain.core.intervals import Measurement
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


class DriftVerdict(StrEnum):
    """Whether the reasons of two networks differ by more than the method's own noise, and a ladder.

    Outside the noise, a second training of the same network says how much that is: it surely moves
    reasons less (`MORE_THAN_RETRAINING`) or not (`LIKE_RETRAINING`); `OUTSIDE`: there is none.
    """

    INSIDE = "inside"
    LIKE_RETRAINING = "like_retraining"
    MORE_THAN_RETRAINING = "more_than_retraining"
    OUTSIDE = "outside"
    UNCLEAR = "unclear"

    @property
    def beyond_noise(self) -> bool:
        """Return whether the reasons surely changed by more than noise."""
        return self not in {DriftVerdict.INSIDE, DriftVerdict.UNCLEAR}


class SanityVerdict(StrEnum):
    """Whether a method sees the weights of a network, and whether its values add up as promised."""

    PASSES = "passes"
    INCOMPLETE = "incomplete"
    FAILS = "fails"
    UNCLEAR = "unclear"


class ClaimVerdict(StrEnum):
    """What became of the claim that pruning localises feature maps.

    `MORE` beats the dense network, every control and every other training; `MORE_HERE` not in
    another training; `MORE_LIKE_CONTROLS` no more than a control; `MORE_WITHOUT_CONTROL` where no
    control is as accurate.
    """

    MORE = "more"
    MORE_HERE = "more_here"
    MORE_LIKE_CONTROLS = "more_like_controls"
    MORE_WITHOUT_CONTROL = "more_without_control"
    SAME = "same"
    LESS = "less"
    INCOMPARABLE = "incomparable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What each part of some samples adds to one output of a network.

    `rows` [n] samples; `targets` [n] the output explained for each; `values` [n, *parts]: parts
    are [channels, height, width] of an image, [features] of a table, [tokens] of a text.
    `outputs`, `baseline_outputs` [n]: that output (a logit) at the sample and at the baseline;
    the latter is None for a method without one. `gaps` [n]: the completeness gap
    |Σ values - (output - baseline output)| / max(|output - baseline output|, 1e-6), None for a
    method that promises no sum. `options` are the parameters used, `passes` the forward passes of
    one sample that it took, a backward pass counted as two. `of_input` is the place of the input
    explained, `held` are those of all others: they keep the sample's values and get none.
    """

    method: str
    baseline: str
    options: Mapping[str, float]
    rows: NDArray[np.int64]
    targets: NDArray[np.int64]
    values: NDArray[np.float64]
    outputs: NDArray[np.float64]
    baseline_outputs: NDArray[np.float64] | None
    gaps: NDArray[np.float64] | None
    passes: float
    provenance: Provenance
    of_input: int = 0
    held: tuple[int, ...] = ()

    @property
    def answered_by_baseline(self) -> NDArray[np.bool_]:
        """Return for which rows [n] the baseline alone gives half of the output or more.

        What is explained there is mostly not what the sample holds. False without a baseline.
        """
        if self.baseline_outputs is None:
            return np.zeros(len(self.rows), bool)
        ahead = np.sign(self.outputs) * self.baseline_outputs
        return np.asarray((ahead >= np.abs(self.outputs) / 2) & (self.outputs != 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the explanations of two networks differ, beside the method's own noise.

    Every measurement is a mean over the `rows` [n] that both networks decide alike, with Student's
    95 % interval over rows, where chance draws networks over these too; the same output is
    explained in both networks, with the `options` of the method. `overlap` is
    1 - half the L1 distance of the L1-normalised signed values: 1 the same, 0 nothing in common.
    `floor` is the overlap with a network of random weights, `ceiling` that of the first network
    with itself under tiny input noise, `other_seed` that with a second training of the same
    network, `other_baseline` that of the first network with itself from another baseline.
    `rescaled` is (overlap - floor) / (ceiling - floor), cut to 0..1. `overlaps` [n] are the rows'
    own. `draws`: how many random networks, and how many draws of noise, a row is compared with;
    `shared_noise`: whether one draw of noise moves all rows alike. `beyond_retraining`: how much
    more overlap the second training keeps, paired, on the rows that it decides alike too.
    `flipped` are the rows that are decided differently, left out of all means.
    `fall` is ceiling - overlap, paired. `top_k` looks at the `strongest` parts of each row.
    """

    method: str
    baseline: str
    options: Mapping[str, float]
    rows: NDArray[np.int64]
    flipped: NDArray[np.int64]
    draws: int
    shared_noise: bool
    overlaps: NDArray[np.float64]
    overlap: Measurement
    rescaled: Measurement
    floor: Measurement
    ceiling: Measurement
    other_seed: Measurement | None
    beyond_retraining: Measurement | None
    other_baseline: Measurement | None
    sign_agreement: Measurement
    spearman: Measurement
    top_k: Measurement
    strongest: int
    fall: Measurement
    verdict: DriftVerdict
    provenance: Provenance
