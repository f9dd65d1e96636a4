"""feature_maps: what the units of a layer answer to one sample, on one range."""

import time
from collections.abc import Callable
from typing import Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from explain.core.explanation import FeatureMaps
from explain.core.intervals import Measurement
from explain.core.provenance import origin
from explain.core.subject import Samples, Subject, check_row, spread_rows
from explain.features.localisation import localisation
from explain.features.mappable import Tap, mappable_layers, tap
from explain.features.passes import activations, activations_and_gradients

DEAD_ROWS = 128
"""Rows looked at, at most, before a channel is called dead."""


def feature_maps(
    subject: Subject,
    layer: str,
    sample: int,
    *,
    target: int | None = None,
    samples: Samples | None = None,
) -> FeatureMaps:
    """Return what the units of a layer answer to one sample, after their activation function.

    Args:
        subject: dense or pruned; it is not touched.
        layer: one of `mappable_layers(subject)`.
        sample: row of the samples.
        target: the output that relevance speaks of, by default the largest one. To compare two
            networks, give both the same.
        samples: where the sample stands, by default the subject's held-out samples.

    Returns:
        `maps` [channels, height, width] for feature maps, [units, tokens] for tokens and series,
        [units] for a table. `relevance` Σ activation · ∂output/∂activation over positions.
        `dead`: exactly 0 at every position of this sample and of `DEAD_ROWS` rows spread evenly
        over the calibration samples (over the subject's held-out ones where there are none).
        `heat` [height, width] = Σ over channels of activation · ∂output/∂activation, which the
        localisation numbers are of; only for feature maps of an image.

    Cost: one forward and one backward pass of one sample, one forward pass of 128.

    Raises:
        UnknownKey: no such layer.
        Refused: the layer's units cannot be looked at.
        InvalidSubject: no such sample.
        InvalidOption: no such output.
    """
    started = time.perf_counter()
    place = tap(subject, layer)
    held = subject.samples if samples is None else samples
    check_row(held, sample)
    one = held.take(np.array([sample]))
    seen = activations_and_gradients(
        subject, place, one, None if target is None else np.array([target])
    )
    parts = seen.relevance[0]
    relevance: NDArray[np.float64] = parts.reshape(len(parts), -1).sum(1).numpy()
    heat = parts.sum(0).numpy() if _is_picture(subject, place) else None
    return FeatureMaps(
        layer=layer,
        sample=sample,
        target=int(seen.targets[0]),
        kind=cast("Literal['maps', 'tokens', 'units']", place.kind),
        maps=seen.activations[0].float().numpy(),
        relevance=relevance,
        order=np.argsort(-np.abs(relevance), kind="stable").astype(np.int64),
        dead=dead_channels(subject, layer) & ~_speaks(seen.activations),
        heat=heat,
        localisation=() if heat is None else _numbers(subject, heat, one),
        provenance=origin(subject, started),
    )


def dead_channels(subject: Subject, layer: str) -> NDArray[np.bool_]:
    """Return which channels [units] are exactly 0 everywhere on a fixed choice of rows.

    Up to 128 rows spread evenly over the calibration samples, over the held-out ones where there
    are none. Cost: one forward pass over these.

    Raises:
        UnknownKey, Refused: as `feature_maps`.
    """
    rows = subject.samples if subject.calibration is None else subject.calibration
    chosen = rows.take(spread_rows(rows.count, DEAD_ROWS))
    return ~_speaks(activations(subject, tap(subject, layer), chosen))


def heat_maps(
    subject: Subject, layer: str, samples: Samples, targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return Σ over channels of activation · ∂output/∂activation for many samples [n, h, w].

    `targets` [n]: the output that each map speaks of.

    Cost: one forward and one backward pass over the samples.

    Raises:
        UnknownKey, Refused, InvalidOption: as `feature_maps`.
    """
    seen = activations_and_gradients(subject, tap(subject, layer), samples, targets)
    found: NDArray[np.float64] = seen.relevance.sum(1).numpy()
    return found


def _speaks(found: Tensor) -> NDArray[np.bool_]:
    alive: NDArray[np.bool_] = (found != 0).transpose(0, 1).flatten(1).any(1).numpy()
    return alive


def _is_picture(subject: Subject, place: Tap) -> bool:
    return subject.spec.kind == "image" and place.kind == "maps"


def _numbers(subject: Subject, heat: NDArray[np.float64], one: Samples) -> tuple[Measurement, ...]:
    height, width = subject.spec.shape[-2:]
    mask = None if one.masks is None else one.masks[0].bool().numpy()
    return localisation(heat, (height, width), mask)


def largest_activation(subject: Subject, sample: int, *, samples: Samples | None = None) -> float:
    """Return the largest |activation| of all `mappable_layers`, after activation functions.

    `samples`: where the sample stands, by default among the held-out ones.

    Returns:
        0 or more; 0 where no layer can be looked at. Values that are not finite do not count.
        Cost: one forward pass of one sample.

    Raises:
        InvalidSubject: no such sample.
    """
    held = subject.samples if samples is None else samples
    check_row(held, sample)
    network, peaks = subject.network.sharing_copy(), [0.0]
    for layer in mappable_layers(subject):
        module = network.get_submodule(tap(subject, layer).module)
        module.register_forward_hook(_noting(peaks))
    with torch.no_grad():
        network(*held.take(np.array([sample])).inputs)
    return max(peaks)


def _noting(peaks: list[float]) -> Callable[[nn.Module, object, Tensor], None]:
    def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        peaks.append(float(torch.nan_to_num(output, 0.0, 0.0, 0.0).abs().max()))

    return hook
