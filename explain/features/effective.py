"""effective_field: the part of the input that a unit does react to, on one sample."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.rows import check_row
from explain.core.subject import Samples, Subject
from explain.features.localisation import area_holding
from explain.features.mappable import check_channel
from explain.features.passes import listening
from explain.features.receptive import Box, check_position, receptive_field


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveField:
    """How strongly one unit at one position reacts to each pixel of one sample.

    `reaction` [height, width]: |∂unit/∂pixel|, added up over input channels. `a80`: share of the
    picture's area that holds 80 % of it, NaN where the unit reacts to nothing (a removed one).
    `theory`: the theoretical box.
    """

    layer: str
    channel: int
    at: tuple[int, int]
    sample: int
    reaction: NDArray[np.float64]
    a80: float
    theory: Box


def effective_field(
    subject: Subject,
    layer: str,
    channel: int,
    at: tuple[int, int],
    sample: int,
    *,
    samples: Samples | None = None,
) -> EffectiveField:
    """Return what one channel at one position reacts to in one sample.

    The unit is taken before its BatchNorm and activation function, so that one which a ReLU holds
    at 0 on this sample has a field too.

    Args:
        subject: dense or pruned, with an image as its first input.
        layer: one whose units have feature maps.
        channel: of the layer.
        at: (y, x) of the layer's output.
        sample: row of the samples.
        samples: where the sample stands, by default the subject's held-out samples.

    Cost: one forward and one backward pass of one sample. Source: Luo et al., Understanding the
    effective receptive field, arXiv:1701.04128; they average over channels and random inputs, we
    show one channel on one real sample.

    Raises:
        UnknownKey: no such layer.
        Refused: no image, no feature maps, or no such position or channel.
        InvalidSubject: no such sample.
    """
    theory = receptive_field(subject, layer, at)
    place = replace(check_position(subject, layer, at), module=layer)
    check_channel(place, channel)
    held = subject.samples if samples is None else samples
    check_row(held, sample)
    first, *others = held.take(np.array([sample])).inputs
    pixels = first.detach().clone().requires_grad_()
    seen: list[Tensor] = []
    with torch.enable_grad():
        listening(subject.network, place, seen.append)(pixels, *others)
        unit = place.units_first(seen[-1], 1)[0, channel, at[0], at[1]]
    slope = torch.autograd.grad(unit, pixels, allow_unused=True)[0] if unit.grad_fn else None
    slope = torch.zeros_like(pixels) if slope is None else slope
    reaction: NDArray[np.float64] = slope[0].double().abs().sum(0).numpy()
    return EffectiveField(
        layer=layer,
        channel=channel,
        at=at,
        sample=sample,
        reaction=reaction,
        a80=area_holding(reaction),
        theory=theory,
    )
