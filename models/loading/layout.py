"""Networks that take pictures with the colours last, as ones that take them first."""

import dataclasses
from typing import Any

from explain.core.network import Ref, Step
from explain.network import Lifted
from explain.network.blueprint import build, describe
from explain.network.steps import live
from models.loading.rewiring import replaced, rewired

__all__ = ["colours_first"]

_TO_LAST = (0, 2, 3, 1)
_TO_FIRST = (0, 3, 1, 2)


def colours_first(network: Lifted) -> Lifted:
    """Return a network whose one input is [n, colours, height, width] in place of colours last.

    The file's own first turn of the axes is taken away where it is exactly the other way round;
    else one step more turns the picture before the file's first. All numbers stay the same bits.
    """
    entry = next(step for step in network.steps if step.operation == "input")
    turned = [step for step in network.steps if _turns_back(step, entry.name)]
    own = Step(
        name=f"{entry.name}:last",
        operation="permute",
        module=None,
        arguments=(Ref(entry.name), _TO_LAST),
    )
    names = {step.name: entry.name for step in turned}
    rest = [step for step in network.steps if step not in (entry, *turned)]
    last = {entry.name: own.name}
    inner = [step if _counts_rows(step) else rewired([step], last)[0] for step in rest]
    steps = live([_first(entry), own, *rewired(inner, names)])
    return build(replaced(describe(network), steps))


def _counts_rows(step: Step) -> bool:
    return step.operation == "size" and step.arguments[1:] == (0,)


def _turns_back(step: Step, entry: str) -> bool:
    return step.operation == "permute" and step.arguments == (Ref(entry), _TO_FIRST)


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
