"""evolution: one channel on one sample, from the whole network to almost nothing of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explain.core.errors import Refused
from explain.core.subject import Samples, Subject, check_row
from explain.features.mappable import check_channel, tap
from explain.features.passes import activations


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """The activations of one channel at several amounts, in one range of values.

    `amounts` [k]; `maps` [k, *positions]: [k, height, width], [k, tokens] or [k]. `low`, `high`:
    the smallest and largest value of all, 0 among them, for one shared scale.
    """

    layer: str
    channel: int
    sample: int
    amounts: NDArray[np.float64]
    maps: NDArray[np.float32]
    low: float
    high: float


def evolution(
    copies: Iterable[tuple[float, Subject]],
    layer: str,
    channel: int,
    sample: int,
    *,
    samples: Samples | None = None,
) -> Evolution:
    """Return one channel's activations in several copies of a network.

    `copies`: (amount, subject) pairs in the order to show; a generator is taken one by one, so that
    only one copy need be alive at a time. `samples`: where the sample stands, by default among each
    subject's held-out ones.

    Cost: one forward pass of one sample per copy.

    Raises:
        UnknownKey: no such layer.
        Refused: its units cannot be looked at, no such channel, or no copies.
        InvalidSubject: no such sample.
    """
    amounts, maps = [], []
    for amount, subject in copies:
        place = tap(subject, layer)
        check_channel(place, channel)
        held = subject.samples if samples is None else samples
        check_row(held, sample)
        one = held.take(np.array([sample]))
        maps.append(activations(subject, place, one)[0, channel].float().numpy())
        amounts.append(amount)
    if not maps:
        raise Refused("features.nothing_to_compare")
    stacked = np.stack(maps)
    return Evolution(
        layer=layer,
        channel=channel,
        sample=sample,
        amounts=np.array(amounts, np.float64),
        maps=stacked,
        low=min(0.0, float(stacked.min())),
        high=max(0.0, float(stacked.max())),
    )
