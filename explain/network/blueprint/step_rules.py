"""What a list of steps must be like before anything of it runs."""

import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from explain.core.errors import reason_of
from explain.core.messages import Message
from explain.core.network import Ref, Step
from explain.network.blueprint.encoding import DTYPES, decoded, encoded
from explain.network.operations import OPERATIONS
from explain.network.steps import references

_NAME = re.compile(r"[A-Za-z0-9_.:]{1,260}")
_FACTORY_KEYWORDS = frozenset({"dtype", "memory_format"})
_DEVICES = frozenset({"device", "layout", "pin_memory", "non_blocking", "out", "generator"})
_LARGEST_SIZE = 2**40


def check_steps(steps: Sequence[Step], modules: Collection[str], tensors: Collection[str]) -> None:
    """Check that steps can only compute: known operations on plain values, references backward.

    One output, at the end; inputs numbered from 0; every layer runs at most once, in a step of its
    own name.

    Raises:
        ValueError: they are otherwise, with the step's name.
    """
    seen: set[str] = set()
    for step in steps:
        try:
            _check_step(step, seen, modules, tensors)
        except ValueError as error:
            raise ValueError(
                Message(
                    "network.blueprint.step", name=str(step.name)[:80], problem=reason_of(error)
                )
            ) from None
        seen.add(step.name)
    _check_ends(steps)


def _check_step(
    step: Step, seen: Collection[str], modules: Collection[str], tensors: Collection[str]
) -> None:
    if not isinstance(step.name, str) or not _NAME.fullmatch(step.name) or step.name in seen:
        raise ValueError(Message("network.blueprint.step_without_name"))
    _check_values(step)
    for ref in references(step):
        if ref.name not in seen:
            raise ValueError(Message("network.blueprint.refers_ahead", name=ref.name[:80]))
    if step.operation == "module":
        _check_module(step, modules)
    elif step.module is not None:
        raise ValueError(Message("network.blueprint.layer_not_run"))
    elif step.operation == "input":
        _check_input(step)
    elif step.operation == "parameter":
        _check_parameter(step, tensors)
    elif step.operation == "output":
        _check_output(step)
    else:
        _check_function(step)


def _check_values(step: Step) -> None:
    """Only plain values: what can be written down and read again."""
    decoded(encoded(step.arguments))
    names = [pair[0] for pair in step.keywords]
    if not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        raise ValueError(Message("network.blueprint.keywords"))
    for _, value in step.keywords:
        decoded(encoded(value))


def _check_module(step: Step, modules: Collection[str]) -> None:
    if step.module != step.name or step.module not in modules:
        raise ValueError(Message("network.blueprint.no_layer_of_its_name"))
    if step.keywords or not step.arguments or not all(map(_is_reference, step.arguments)):
        raise ValueError(Message("network.blueprint.layer_takes_values"))


def _is_reference(argument: object) -> bool:
    """A reference, or a tuple of them: the first state of an LSTM."""
    if isinstance(argument, tuple):
        return bool(argument) and all(isinstance(part, Ref) for part in argument)
    return isinstance(argument, Ref)


def _check_input(step: Step) -> None:
    keywords = dict(step.keywords)
    if set(keywords) != {"dtype", "sizes"} or keywords["dtype"] not in DTYPES.values():
        raise ValueError(Message("network.blueprint.input_fields"))
    sizes, shape = keywords["sizes"], step.shape
    if not isinstance(sizes, tuple) or not isinstance(shape, tuple) or len(sizes) != len(shape) + 1:
        raise ValueError(Message("network.blueprint.input_ranges"))
    if not all(map(_is_range, sizes)) or not all(map(_within, shape, sizes[1:])):
        raise ValueError(Message("network.blueprint.input_sizes"))


def _is_range(limits: object) -> bool:
    if not isinstance(limits, tuple) or len(limits) != 2:
        return False
    low, high = limits
    return _is_size(low) and (high is None or (_is_size(high) and low <= high))


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST_SIZE


def _within(size: object, limits: tuple[int, int | None]) -> bool:
    low, high = limits
    return type(size) is int and low <= size <= (_LARGEST_SIZE if high is None else high)


def _check_parameter(step: Step, tensors: Collection[str]) -> None:
    if len(step.arguments) != 1 or step.keywords or step.arguments[0] not in tensors:
        raise ValueError(Message("network.blueprint.no_such_parameter"))


def _check_output(step: Step) -> None:
    if len(step.arguments) != 1 or step.keywords or not isinstance(step.arguments[0], Ref):
        raise ValueError(Message("network.blueprint.one_value"))


def _check_function(step: Step) -> None:
    if step.operation not in OPERATIONS:
        raise ValueError(
            Message("network.blueprint.not_allowed", operation=str(step.operation)[:80])
        )
    if unknown := {name for name, _ in step.keywords} - _keywords(step.operation):
        raise ValueError(
            Message(
                "network.blueprint.no_such_keyword",
                operation=step.operation,
                name=min(unknown)[:80],
            )
        )


@cache
def _keywords(operation: str) -> frozenset[str]:
    """Return the keywords of an operation that decide about its result alone."""
    schema: Any = getattr(OPERATIONS[operation], "_schema", None)
    if schema is None:
        return _FACTORY_KEYWORDS
    return frozenset(argument.name for argument in schema.arguments) - _DEVICES


def _check_ends(steps: Sequence[Step]) -> None:
    inputs = [step.arguments for step in steps if step.operation == "input"]
    if not inputs or inputs != [(place,) for place in range(len(inputs))]:
        raise ValueError(Message("network.blueprint.inputs_not_numbered"))
    outputs = [step for step in steps if step.operation == "output"]
    if len(outputs) != 1 or steps[-1] is not outputs[0]:
        raise ValueError(Message("network.blueprint.one_output"))
