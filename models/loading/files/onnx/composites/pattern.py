"""What recognises a layer that an exporter wrote out in several operators."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from explain.core.network import Ref, Step
from models.loading.files.onnx.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """A layer that stands for a step and those before it: what it is called with, its weights."""

    module: nn.Module
    inputs: tuple[object, ...]
    weights: tuple[str, ...] = ()


Pattern = Callable[[Sketch, Step], Composite | None]
"""Looks backward from the last step of what it knows."""


_DEEPEST = 4
_CLOSE = 1e-4


def factors(sketch: Sketch, argument: object, depth: int = 0) -> tuple[float, list[Ref]]:
    """Return the product of all numbers in a tree of products, and the values in it."""
    number = sketch.number(argument)
    if number is not None:
        return number, []
    if not isinstance(argument, Ref):
        return 1.0, []
    step = sketch.step(argument, "mul", "div")
    if step is None or depth > _DEEPEST:
        return 1.0, [argument]
    left, right = step.arguments[:2]
    if step.operation == "div":
        below = sketch.number(right)
        if not below:
            return 1.0, [argument]
        number, values = factors(sketch, left, depth + 1)
        return number / below, values
    parts = [factors(sketch, side, depth + 1) for side in (left, right)]
    return math.prod(number for number, _ in parts), [v for _, values in parts for v in values]


def is_near(number: float | None, wanted: float) -> bool:
    """Return whether a number is a well-known constant as exporters round it."""
    return number is not None and abs(number - wanted) <= _CLOSE * abs(wanted)
