"""Trees of products taken apart: the numbers in them and the values."""

import math

from explain.core.network import Ref
from models.loading.files.onnx.sketch import Sketch

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
