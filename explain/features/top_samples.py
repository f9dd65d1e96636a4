"""top_samples: the samples that a channel answers to most strongly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.subject import Subject, check_rows, spread_rows
from explain.features.mappable import check_channel, tap
from explain.features.passes import activations

TOP_ROWS = 512
"""Samples looked through, at most, by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopSample:
    """A row of the samples, the channel's largest activation in it, and the position of that."""

    row: int
    value: float
    at: tuple[int, ...]


def top_samples(
    subject: Subject,
    layer: str,
    channel: int,
    count: int = 9,
    *,
    rows: NDArray[np.int64] | None = None,
) -> tuple[TopSample, ...]:
    """Return the `count` samples with the channel's largest activation, the largest first.

    `count`: fewer where there are fewer rows. `rows`: held-out rows to look through, by default 512
    spread evenly. Of equal values the earlier row stands first.

    Returns:
        Row, largest activation over positions after the activation function, and its first
        position: (y, x), (token,) or (). Cost: one forward pass over the rows.

    Raises:
        UnknownKey: no such layer.
        Refused: its units cannot be looked at, or there is no such channel.
        InvalidSubject: no such row, or none at all.
    """
    place = tap(subject, layer)
    check_channel(place, channel)
    chosen = spread_rows(subject.samples.count, TOP_ROWS) if rows is None else rows
    check_rows(subject.samples, chosen)
    seen = activations(subject, place, subject.samples.take(chosen))[:, channel].double().numpy()
    flat = seen.reshape(len(seen), -1)
    peaks = flat.max(1)
    return tuple(
        TopSample(
            row=int(chosen[at]),
            value=float(peaks[at]),
            at=tuple(int(i) for i in np.unravel_index(int(flat[at].argmax()), place.positions)),
        )
        for at in np.argsort(-peaks, kind="stable")[:count]
    )
