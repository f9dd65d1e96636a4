"""The part of the input that a unit can react to, and the part that it does react to."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from explain.core.errors import Refused
from explain.core.subject import Samples, Subject, check_row
from explain.features.localisation import area_holding
from explain.features.mappable import Tap, check_channel, tap
from explain.features.passes import listening
from explain.features.reach import Axis, reaches
from explain.network.layout import row_axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Rows top..bottom-1 and columns left..right-1 of the input; nothing where top = bottom."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def area(self) -> int:
        """Return the number of positions."""
        return (self.bottom - self.top) * (self.right - self.left)


def receptive_field(subject: Subject, layer: str, at: tuple[int, int]) -> Box:
    """Return the theoretical receptive field of one position, clipped to the input.

    The classic recursion r += (k - 1)·j, j *= s, carried out position by position through the
    steps: windows with stride, padding, dilation and ceiling mode, transposed convolutions,
    constant padding and nearest upsampling are followed exactly; a sum or a concatenation sees
    the smallest box around what its parts see. A step that mixes positions (a global mean,
    flattening, attention, GroupNorm) sees all that its input sees, and so does every step that is
    not followed (permutation, reflection, bilinear upsampling): the box is never too small. It is
    about the structure: weights that are zero count as well.

    The first input is an image [channels, height, width]; `at` is (y, x) of the layer's output.

    Cost: no pass. Source: Araujo et al., Computing receptive fields of convolutional neural
    networks, Distill 2019.

    Raises:
        UnknownKey: no such layer.
        Refused: no image, no feature maps, or no such position.
    """
    place = check_position(subject, layer, at)
    reach = reaches(subject.network)[place.module]
    top, bottom = _span(reach.rows, at[0])
    left, right = _span(reach.columns, at[1])
    if top == bottom or left == right:
        return Box(top=0, bottom=0, left=0, right=0)
    return Box(top=top, bottom=bottom, left=left, right=right)


def check_position(subject: Subject, layer: str, at: tuple[int, int]) -> Tap:
    """Return the tap of a layer with feature maps of an image that has this position.

    Raises:
        UnknownKey: no such layer.
        Refused: no image, no feature maps, or no such position.
    """
    place = tap(subject, layer)
    if subject.spec.kind != "image" or place.kind != "maps":
        raise Refused("features.no_receptive_field", layer=layer)
    height, width = place.positions
    if not (0 <= at[0] < height and 0 <= at[1] < width):
        raise Refused(
            "features.no_position",
            layer=layer,
            at=str(at),
            last_row=height - 1,
            last_column=width - 1,
        )
    return place


def _span(axis: Axis, at: int) -> tuple[int, int]:
    here = at if len(axis.first) > 1 else 0
    first, last = int(axis.first[here]), int(axis.last[here])
    return (first, last + 1) if first <= last else (0, 0)


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

    The first input is an image; `at` is (y, x) of the layer's output. `samples`: where the sample
    stands, by default among the held-out ones.

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
        layout = row_axis(subject.network, held, layer)
        unit = place.units_first(seen[-1], layout, 1)[0, channel, at[0], at[1]]
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
