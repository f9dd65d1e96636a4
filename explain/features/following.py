"""reaches: how the steps of a network carry rows and columns of the input onwards."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from torch import nn

from explain.core.network import Network, Step
from explain.features.reach import Axis, Reach
from explain.features.windows import SLIDING, sources
from explain.network.kinds import kind_of
from explain.network.operations import ELEMENTWISE, INTEGER
from explain.network.steps import references

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
