"""A network run without numbers, so guarded that no step costs more than its shapes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidSubject
from explain.core.network import Step
from explain.network.lifted import Lifted
from explain.network.lifting.tracing import EXCLUSIVE
from explain.network.operations import INTEGER, OPERATIONS
from explain.network.steps import Parts, Values, filled, run_layer, run_step

LARGEST_NUMBER = 2**62
"""No number that a network computes from sizes may be further from zero."""

MOST_PIECES = 20_000
"""A value may be split into so many pieces, and a window of a max pool may be so long."""

_Values = Mapping[str, Any]


def rehearse(network: Lifted, inputs: tuple[Tensor, ...]) -> dict[str, Any]:
    """Return the value of every step on the `meta` device: shapes and types, no numbers.

    What would be slow or large even there is refused before it runs: numbers that grow beyond
    2**62, splits into more than 20,000 pieces. Recurrent layers state the shapes of their results
    and do not loop over time. Cost: 0.1 ms for an operation on shapes that it has not seen yet,
    ten microseconds for others, whatever the sizes.

    Raises:
        InvalidSubject: such a step.
        NotImplementedError, RuntimeError and others of torch: a step that does not fit its inputs.
    """
    twin = network.sharing_copy().to("meta")
    values: dict[str, Any] = {}
    with EXCLUSIVE, torch.no_grad(), torch.device("meta"):
        run = twin.walk(*inputs, run=Weightless().step)
        for step in twin.steps:
            _look_ahead(step, values, twin)  # before the walk goes on: too late once it ran
            name, value = next(run)
            _refuse_large_number(step, value)
            values[name] = value
    return values


class Weightless:
    """Operations on the `meta` device, each worked out once for values of the same shapes.

    Deep networks do the same again and again, and torch takes 0.1 ms to say the shape of a sum.
    """

    def __init__(self) -> None:
        self._found: dict[object, Any] = {}

    def step(self, step: Step, network: Parts, values: Values, inputs: Sequence[Tensor]) -> Any:
        """Return what `run_step` returns, of values without numbers."""
        if step.module is not None:
            return self.layer(network.get_submodule(step.module), filled(step, values)[0])
        if step.operation not in OPERATIONS:
            return run_step(step, network, values, inputs)
        return self.run(step.operation, *filled(step, values))

    def layer(self, layer: nn.Module, arguments: Sequence[Any]) -> Any:
        """Return what a layer gives; one with layers inside, or of unknown settings, runs."""
        settings = _settings(layer)
        if settings is None:
            return run_layer(layer, *arguments)
        signature = (type(layer), settings, _alike(tuple(arguments)))
        if signature not in self._found:
            self._found[signature] = run_layer(layer, *arguments)
        return self._found[signature]

    def run(self, operation: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Return what an operation gives for values without numbers; raises what torch raises."""
        signature = (operation, _alike(tuple(arguments)), _alike(tuple(keywords.items())))
        if signature not in self._found:
            self._found[signature] = OPERATIONS[operation](*arguments, **keywords)
        return self._found[signature]


def _settings(layer: nn.Module) -> object:
    """Return what decides the shapes that a layer gives beside its inputs, None if unknown."""
    held = {name: value for name, value in vars(layer).items() if value or value in _NOTHING}
    tensors = [held.pop(name, {}) for name in ("_parameters", "_buffers")]
    if not all(isinstance(value, _PLAIN) for value in held.values()):
        return None
    return _alike((tuple(held.items()), *(tuple(named.items()) for named in tensors)))


_NOTHING = (0, False, None)
_PLAIN = (int, float, str, tuple, torch.dtype, type(None))


def _alike(value: Any) -> object:
    """Return what decides the shape and type of what an operation makes of a value."""
    if isinstance(value, Tensor):
        return (value.shape, value.stride(), value.dtype)
    if isinstance(value, (tuple, list)):
        return (type(value), *map(_alike, value))
    if isinstance(value, slice):
        return (slice, _alike((value.start, value.stop, value.step)))
    return (type(value), value)  # 1, 1.0 and True are equal, and make other types


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
