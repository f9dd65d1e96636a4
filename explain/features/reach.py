"""Which rows and columns of the input each position of a value sees, step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from torch import nn

from explain.core.network import Network, Step
from explain.network.graph import kind_of
from explain.network.operations import ELEMENTWISE, INTEGER
from explain.network.steps import references

Positions = NDArray[np.int64]

SLIDING = (
    nn.Conv2d,
    nn.ConvTranspose2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool2d,
)
"""Layers that look through a window."""


def sources(module: nn.Module, axis: int, before: int, after: int) -> Positions:
    """Return the positions [after, taps] that a layer reads; those outside 0..before-1 are padding.

    Args:
        module: one of `SLIDING`.
        axis: 0 rows, 1 columns.
        before: size of the input along the axis.
        after: size of the output along the axis.
    """
    if isinstance(module, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
        return _adaptive(before, after)
    kernel, stride = _of(module.kernel_size, axis), _of(module.stride, axis)
    dilation = _of(getattr(module, "dilation", 1), axis)
    padding = _before(module.padding, axis, dilation * (kernel - 1))
    outputs, taps = np.arange(after)[:, None], np.arange(kernel)[None, :] * dilation
    if isinstance(module, nn.ConvTranspose2d):
        return _whole(outputs + padding - taps, stride)
    found: Positions = outputs * stride - padding + taps
    return found


def _adaptive(before: int, after: int) -> Positions:
    outputs = np.arange(after)
    starts, ends = outputs * before // after, -(-(outputs + 1) * before // after)
    found = starts[:, None] + np.arange((ends - starts).max())[None, :]
    return np.where(found < ends[:, None], found, -1)


def _whole(spread: Positions, stride: int) -> Positions:
    """Return spread / stride where it is a whole number, else padding."""
    return np.where(spread % stride == 0, spread // stride, -1)


def _before(padding: object, axis: int, span: int) -> int:
    """Return how much padding stands in front; torch puts the odd one of "same" at the end."""
    if isinstance(padding, str):
        return span // 2 if padding == "same" else 0
    return _of(padding, axis)


def _of(setting: object, axis: int) -> int:
    return int(cast("int", setting[axis] if isinstance(setting, tuple) else setting))


_NOWHERE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """First and last input coordinate for each position along one axis; last < first: none.

    One entry alone stands for every position: values that keep no positions.
    """

    first: NDArray[np.int64]
    last: NDArray[np.int64]

    @classmethod
    def each(cls, size: int) -> "Axis":
        """Return the axis of the input itself: every position sees itself."""
        here = np.arange(size, dtype=np.int64)
        return cls(first=here, last=here)

    @classmethod
    def none(cls) -> "Axis":
        """Return the axis of a value that does not depend on the input."""
        return cls(first=np.array([_NOWHERE]), last=np.array([-1]))

    def everywhere(self) -> "Axis":
        """Return what all positions together see, as one entry."""
        return Axis(first=self.first.min(keepdims=True), last=self.last.max(keepdims=True))

    def over(self, size: int) -> "Axis":
        """Return the axis with one entry for each of `size` positions."""
        first, last = np.broadcast_to(self.first, size), np.broadcast_to(self.last, size)
        return Axis(first=first, last=last)

    def through(self, sources: NDArray[np.int64]) -> "Axis":
        """Return the axis of a step whose output `o` reads the positions `sources[o]`.

        `sources` [outputs, taps]; positions outside the axis are padding and see nothing.
        """
        size = len(self.first)
        inside = (sources >= 0) & (sources < size)
        at = sources.clip(0, size - 1)
        return Axis(
            first=np.where(inside, self.first[at], _NOWHERE).min(1, initial=_NOWHERE),
            last=np.where(inside, self.last[at], -1).max(1, initial=-1),
        )

    def joined(self, other: "Axis") -> "Axis":
        """Return the union, position by position."""
        return Axis(
            first=np.minimum(self.first, other.first), last=np.maximum(self.last, other.last)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The rows and the columns that a value depends on: a box for each position (y, x)."""

    rows: Axis
    columns: Axis

    @classmethod
    def none(cls) -> "Reach":
        """Return the reach of a value that does not depend on the input."""
        return cls(rows=Axis.none(), columns=Axis.none())

    @classmethod
    def union(cls, parts: Iterable["Reach"]) -> "Reach":
        """Return the smallest boxes that hold those of all parts, position by position."""
        found = cls.none()
        for part in parts:
            rows, columns = found.rows.joined(part.rows), found.columns.joined(part.columns)
            found = cls(rows=rows, columns=columns)
        return found

    @property
    def empty(self) -> bool:
        """Return whether nothing depends on the input."""
        return bool((self.rows.last < self.rows.first).all())

    def everywhere(self) -> "Reach":
        """Return what all positions together see."""
        return Reach(rows=self.rows.everywhere(), columns=self.columns.everywhere())


_ALIKE = ELEMENTWISE | {"clone", "contiguous", "channel_shuffle", "item"}
"""Operations whose result at a place depends on that place alone, on all channels at most."""

_ALONG_CHANNELS: Mapping[str, int] = {"cat": 1, "slice": 1, "split": 2, "split_with_sizes": 2}
"""Operations that keep rows and columns when they work along the channels: where they say so."""

_ACROSS = (nn.Softmax, nn.LogSoftmax, nn.GLU)
"""Activation functions that may look at several places."""

_Shape = tuple[int, ...] | None


def reaches(network: Network) -> dict[str, Reach]:
    """Return the reach of each module's last output and of every other step, by name.

    Nothing is ever too small: what cannot be followed sees all that its inputs see.
    """
    found: dict[str, Reach] = {}
    shapes: dict[str, _Shape] = {}
    for step in network.steps:
        shapes[step.name] = step.shape
        found[step.name] = _reach(network, step, found, shapes)
        if step.module is not None:
            found[step.module] = found[step.name]
    return found


def _reach(
    network: Network, step: Step, found: Mapping[str, Reach], shapes: Mapping[str, _Shape]
) -> Reach:
    if step.operation == "input":
        return _of_input(step)
    if step.operation in INTEGER:
        return Reach.none()
    named = [ref.name for ref in references(step)]
    inputs = [name for name in named if not found[name].empty]
    laid_out = all(len(shapes[name] or (0, 0, 0)) == 3 for name in inputs)
    followed = _followed(network, step, inputs, found, shapes) if inputs and laid_out else None
    return Reach.union(found[n].everywhere() for n in inputs) if followed is None else followed


def _of_input(step: Step) -> Reach:
    """Return the reach of the first input, an image; what else is given does not count."""
    if step.arguments[0] != 0 or step.shape is None or len(step.shape) != 3:
        return Reach.none()
    return Reach(rows=Axis.each(step.shape[1]), columns=Axis.each(step.shape[2]))


def _followed(
    network: Network,
    step: Step,
    inputs: list[str],
    found: Mapping[str, Reach],
    shapes: Mapping[str, _Shape],
) -> Reach | None:
    """Return the reach position by position; None where the step is not followed."""
    module = None if step.module is None else network.get_submodule(step.module)
    first, before, after = found[inputs[0]], shapes[inputs[0]], step.shape
    if _keeps_places(step, module):
        return Reach.union(found[name] for name in inputs)
    if before is None or after is None:
        return None
    if isinstance(module, SLIDING):
        return _slid(module, first, before, after)
    if step.operation in {"pad", "constant_pad"}:
        return _padded(step, first, before, after)
    if step.operation == "upsample_nearest2d":
        return _grown(first, before, after)
    return None


def _keeps_places(step: Step, module: nn.Module | None) -> bool:
    if module is not None:
        activation = kind_of(module) == "activation" and not isinstance(module, _ACROSS)
        return activation or isinstance(module, nn.BatchNorm2d)
    place = _ALONG_CHANNELS.get(step.operation)
    if place is not None:
        return step.arguments[place : place + 1] in {(1,), (-3,)}
    return step.operation in _ALIKE


def _slid(module: nn.Module, seen: Reach, before: tuple[int, ...], after: tuple[int, ...]) -> Reach:
    read = [sources(module, axis, before[axis + 1], after[axis + 1]) for axis in (0, 1)]
    return Reach(
        rows=seen.rows.over(before[1]).through(read[0]),
        columns=seen.columns.over(before[2]).through(read[1]),
    )


def _padded(
    step: Step, seen: Reach, before: tuple[int, ...], after: tuple[int, ...]
) -> Reach | None:
    """Return the reach after padding with a constant, or cropping by negative amounts."""
    sides = cast("tuple[int, ...]", step.arguments[1])
    mirrored = step.operation == "pad" and step.arguments[2:3] not in {(), ("constant",)}
    if mirrored or len(sides) > 4:
        return None
    left, top = sides[0], sides[2] if len(sides) > 2 else 0
    rows, columns = np.arange(after[1])[:, None] - top, np.arange(after[2])[:, None] - left
    return Reach(
        rows=seen.rows.over(before[1]).through(rows),
        columns=seen.columns.over(before[2]).through(columns),
    )


def _grown(seen: Reach, before: tuple[int, ...], after: tuple[int, ...]) -> Reach | None:
    """Return the reach after nearest upsampling by whole factors."""
    axes = zip((seen.rows, seen.columns), before[1:], after[1:], strict=True)
    if any(new % old for old, new in zip(before[1:], after[1:], strict=True)):
        return None
    rows, columns = (
        axis.over(old).through(np.arange(new)[:, None] // (new // old)) for axis, old, new in axes
    )
    return Reach(rows=rows, columns=columns)
