"""Why a network answers as it does, and how much that changed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.measurement import Measurement
from explain.core.provenance import Provenance
from explain.core.verdict import DriftVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What each part of some samples adds to one output of a network.

    `rows` [n] samples; `targets` [n] the output explained for each; `values` [n, *parts]: parts
    are [channels, height, width] of an image, [features] of a table, [tokens] of a text.
    `outputs`, `baseline_outputs` [n]: that output (a logit) at the sample and at the baseline;
    the latter is None for a method without one. `gaps` [n]: the completeness gap
    |Σ values - (output - baseline output)| / max(|output - baseline output|, 1e-6), None for a
    method that promises no sum. `options` are the parameters used, `passes` the forward passes of
    one sample that it took, a backward pass counted as two.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How far the explanations of two networks differ, beside the method's own noise.

    Every measurement is a mean over the `rows` [n] that both networks decide alike, with a
    bootstrap 95 % interval over rows, where chance draws networks over these too; the same output
    is explained in both networks. `overlap` is
    1 - half the L1 distance of the L1-normalised signed values: 1 the same, 0 nothing in common.
    `floor` is the overlap with a network of random weights, `ceiling` that of the first network
    with itself under tiny input noise, `other_seed` that with a second training of the same
    network, `other_baseline` that of the first network with itself from another baseline.
    `rescaled` is (overlap - floor) / (ceiling - floor). `overlaps` [n] are the rows' own.
    `flipped` are the rows that are decided differently, left out of all means.
    `fall` is ceiling - overlap, paired. `top_k` looks at the `strongest` parts of each row.
    """

    method: str
    baseline: str
    rows: NDArray[np.int64]
    flipped: NDArray[np.int64]
    overlaps: NDArray[np.float64]
    overlap: Measurement
    rescaled: Measurement
    floor: Measurement
    ceiling: Measurement
    other_seed: Measurement | None
    other_baseline: Measurement | None
    sign_agreement: Measurement
    spearman: Measurement
    top_k: Measurement
    strongest: int
    fall: Measurement
    verdict: DriftVerdict
    provenance: Provenance
