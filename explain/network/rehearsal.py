"""A network run without numbers, so guarded that no step costs more than its shapes."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject
from explain.core.network import Step
from explain.network.lifted import Lifted
from explain.network.lifting.tracing import EXCLUSIVE
from explain.network.operations import INTEGER
from explain.network.steps import filled

LARGEST_NUMBER = 2**62
"""No number that a network computes from sizes may be further from zero."""

MOST_PIECES = 20_000
"""A value may be split into so many pieces, and a window of a max pool may be so long."""

_Values = Mapping[str, Any]


def rehearse(network: Lifted, inputs: tuple[Tensor, ...]) -> dict[str, Any]:
    """Return the value of every step on the `meta` device: shapes and types, no numbers.

    What would be slow or large even there is refused before it runs: numbers that grow beyond
    2**62, splits into more than 20,000 pieces. Recurrent layers state the shapes of their results
    and do not loop over time. Cost: some ten microseconds a step, whatever the sizes.

    Raises:
        InvalidSubject: such a step.
        NotImplementedError, RuntimeError and others of torch: a step that does not fit its inputs.
    """
    twin = network.sharing_copy().to("meta")
    values: dict[str, Any] = {}
    with EXCLUSIVE, torch.no_grad(), torch.device("meta"):
        run = twin.walk(*inputs)
        for step in twin.steps:
            _look_ahead(step, values, twin)  # before the walk goes on: too late once it ran
            name, value = next(run)
            _refuse_large_number(step, value)
            values[name] = value
    return values


def _look_ahead(step: Step, values: _Values, network: Lifted) -> None:
    """Refuse a step before it runs."""
    if step.operation in INTEGER - {"size"}:
        _refuse_other_than_numbers(step, values)
    elif step.operation in _PIECES:
        _refuse_many_pieces(step, values)
    elif step.module is not None:
        _refuse_long_windows(step, network.get_submodule(step.module))


def _refuse_other_than_numbers(step: Step, values: _Values) -> None:
    """Python would repeat or format a text, a tuple or a list as often as it is told."""
    for argument in filled(step, values)[0]:
        if isinstance(argument, bool) or not isinstance(argument, (int, float)):
            raise InvalidSubject("network.no_number", name=step.name)


def _refuse_large_number(step: Step, value: Any) -> None:
    if isinstance(value, (int, float)) and not abs(value) <= LARGEST_NUMBER:
        raise InvalidSubject("network.number_too_large", name=step.name)


def _refuse_many_pieces(step: Step, values: _Values) -> None:
    arguments, keywords = filled(step, values)
    if _PIECES[step.operation](*arguments, **keywords) > MOST_PIECES:
        raise InvalidSubject("network.too_many_pieces", name=step.name, most=MOST_PIECES)


def _refuse_long_windows(step: Step, layer: nn.Module) -> None:
    windows = getattr(layer, "kernel_size", 0)
    longest = max(windows) if isinstance(windows, tuple) and windows else windows
    if isinstance(longest, int) and longest > MOST_PIECES:
        raise InvalidSubject("network.window", name=step.name, longest=longest, most=MOST_PIECES)


_PIECES: Mapping[str, Callable[..., int]] = {
    "unbind": lambda self, dim=0: self.shape[dim],
    "split": lambda self, split_size, dim=0: self.shape[dim] // max(split_size, 1),
}
"""How many pieces an operation makes, in the names of its schema."""
