"""receptive_field: the part of the input that a position of a layer can see at all."""

from dataclasses import dataclass

from explain.core.errors import Refused
from explain.core.subject import Subject
from explain.features.following import reaches
from explain.features.mappable import Tap, tap
from explain.features.reach import Axis


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

    Args:
        subject: dense or pruned, with an image [channels, height, width] as its first input.
        layer: one whose units have feature maps.
        at: (y, x) of the layer's output.

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
