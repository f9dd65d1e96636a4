"""Networks that take pictures with the colours last, as ones that take them first."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from explain.core.network import Ref, Step
from explain.network.rewiring import rewired
from explain.network.steps import live

_TO_LAST = (0, 2, 3, 1)
_TO_FIRST = (0, 3, 1, 2)


def colours_first(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps whose one input is [n, colours, height, width] in place of colours last.

    The file's own first turn of the axes is taken away where it is exactly the other way round;
    else one step more turns the picture before the file's first. All numbers stay the same bits.
    """
    entry = Ref(next(step.name for step in steps if step.operation == "input"))
    last = Ref(f"{entry.name}:last")

    def change(step: Step) -> Ref | Sequence[Step]:
        if step.operation == "input":
            return (
                _first(step),
                Step(name=last.name, operation="permute", module=None, arguments=(entry, _TO_LAST)),
            )
        if step.operation == "permute" and step.arguments == (last, _TO_FIRST):
            return entry  # two turns that undo each other
        if step.operation == "size" and step.arguments == (last, 0):
            return (dataclasses.replace(step, arguments=(entry, 0)),)  # rows stay in front
        return (step,)

    return live(rewired(steps, change))


def _first(entry: Step) -> Step:
    """Return the input step with its sizes in the other order."""
    keywords: dict[str, Any] = dict(entry.keywords)
    rows, height, width, colours = keywords["sizes"]
    shape = entry.shape or ()
    return dataclasses.replace(
        entry,
        shape=(shape[2], shape[0], shape[1]),
        keywords=(("dtype", keywords["dtype"]), ("sizes", (rows, colours, height, width))),
    )
