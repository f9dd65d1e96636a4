"""What running a network will take, counted without running it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from explain.core.errors import ExplainError, ImportRefused, reason_of
from explain.core.messages import Message
from explain.core.network import Step
from explain.network import Lifted
from explain.network.operations import MOVEMENT
from explain.network.shapes import macs, weightless_run
from explain.network.steps import last_uses, references
from models.loading.limits import Limits

_BATCH = 128
"""Rows that an evaluation runs at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """What one run takes: bytes of the largest value, of all alive at once and of all, and work.

    `rows`: how many rows run at once, 1 or what the network is fixed to. `macs`: multiplications
    of products, and 16 for each number that anything else touches, which takes as long. `fitting`:
    how many rows fit into the limits, at most the 128 of an evaluation.
    """

    rows: int
    value_bytes: int
    peak_bytes: int
    total_bytes: int
    macs: int
    fitting: int


def preflight(network: Lifted, limits: Limits) -> Preflight:
    """Return what one row costs, from the shapes of all values.

    Views count as if they were copies. Multiplications are counted in layers, the fused recurrent
    ones included; any other step counts 16 per number that goes in or out. Cost: two runs without
    numbers, some ten microseconds a step.

    Raises:
        ImportRefused: a value, all of them, or the arithmetic beyond the limits, or a sequence that
            is too long, with the step's name.
    """
    rows = network.piece or 1
    values, more = _rehearsed(network, rows), _rehearsed(network, rows + 1)
    sizes = {step.name: _bytes(values[step.name]) for step in network.steps}
    work, hint = 0, _limits(limits)
    for step in network.steps:
        name, size = step.name, sizes[step.name]
        constant = network.piece is None and size == _bytes(more[name]) and _computed(step)
        if size > (limits.run_constant_bytes if constant else limits.run_value_bytes):
            raise ImportRefused("loading.preflight.value_bytes", hint=hint, name=name, bytes=size)
        _check_sequence(network, step, values, limits)
        work += _work(network, step, values)
        if work > limits.run_macs:
            hint = hint if rows == 1 else Message("loading.preflight.fewer_rows", rows=rows)
            raise ImportRefused("loading.preflight.macs", hint=hint, name=name, macs=work)
    total = sum(sizes.values())
    if total > limits.run_bytes:
        name = network.steps[-1].name
        raise ImportRefused("loading.preflight.total_bytes", hint=hint, name=name, bytes=total)
    largest = max(sizes.values(), default=0)
    return Preflight(
        rows=rows,
        value_bytes=largest,
        peak_bytes=_peak(network, sizes),
        total_bytes=total,
        macs=work,
        fitting=rows if network.piece else _fitting(network, sizes, more, limits),
    )


def _rehearsed(network: Lifted, rows: int) -> dict[str, Any]:
    try:
        return weightless_run(network, rows)
    except ExplainError as error:
        raise ImportRefused.like(error) from error
    except Exception as error:
        raise ImportRefused("loading.preflight.no_run", line=reason_of(error)) from error


def _computed(step: Step) -> bool:
    """Return whether a step makes numbers, where others hand out weights as they lie there."""
    return step.operation != "parameter" and step.operation not in MOVEMENT


def _check_sequence(network: Lifted, step: Step, values: Mapping[str, Any], limits: Limits) -> None:
    layer = _layer(network, step)
    if not isinstance(layer, nn.RNNBase):
        return
    sequence = _tensors(step, values)[0]
    length = sequence.shape[1 if layer.batch_first and sequence.dim() == 3 else 0]
    if length > limits.sequence:
        hint = _limits(limits)
        raise ImportRefused("loading.preflight.sequence", hint=hint, name=step.name, length=length)


def _limits(limits: Limits) -> Message:
    """Return the hint that says how much is allowed."""
    return Message(
        "loading.preflight.limits",
        value_bytes=limits.run_value_bytes,
        constant_bytes=limits.run_constant_bytes,
        all_bytes=limits.run_bytes,
        sequence=limits.sequence,
        macs=limits.run_macs,
    )


def _bytes(value: Any) -> int:
    return sum(tensor.numel() * tensor.dtype.itemsize for tensor in _flat(value))


def _peak(network: Lifted, sizes: Mapping[str, int]) -> int:
    """Return the most bytes that are alive at once when values are freed after their last use."""
    alive = peak = 0
    for step, freed in zip(network.steps, last_uses(network.steps), strict=True):
        alive += sizes[step.name]
        peak = max(peak, alive)
        alive -= sum(sizes[name] for name in freed)
    return peak


def _fitting(
    network: Lifted, one: Mapping[str, int], more: Mapping[str, Any], limits: Limits
) -> int:
    """Return how many rows fit, taking every value to grow evenly with them."""
    two = {step.name: _bytes(more[step.name]) for step in network.steps}
    largest = max(one.values(), default=0)
    growth = max((two[name] - one[name] for name in one), default=0)
    peak, more_peak = _peak(network, one), _peak(network, two)
    by_value = _rows(limits.run_value_bytes, largest, growth)
    return min(_BATCH, by_value, _rows(limits.child_bytes, peak, more_peak - peak))


def _rows(most: int, first: int, growth: int) -> int:
    return _BATCH if growth <= 0 else max(1, 1 + (most - first) // growth)


def _work(network: Lifted, step: Step, values: Mapping[str, Any]) -> int:
    """Return the multiplications of a step, or what else it does in as many."""
    tensors = _tensors(step, values)
    outputs = _flat(values[step.name])
    touched = sum(tensor.numel() for tensor in (*tensors, *outputs))
    layer = _layer(network, step)
    if layer is not None and tensors and outputs:
        counted = macs(layer, tensors, outputs[0])
        others = max(touched, outputs[0].numel() * _window(layer, outputs[0]))
        return max(counted, _SLOWER * others)
    if step.operation in _PRODUCTS and tensors:
        return touched * max(_SLOWER, *(int(size) for tensor in tensors for size in tensor.shape))
    return _SLOWER * touched


_SLOWER = 16
"""Multiplications of a product in the time of one number that is read, changed and written:
measured on one core, 32 to 70 billion of them a second, and 0.7 to 4 billion such numbers."""

_PRODUCTS = frozenset(
    {"addmm", "mv", "dot", "vdot", "bilinear", "im2col", "index", "embedding_bag"}
)


def _window(layer: nn.Module, output: Tensor) -> int:
    """Return how many numbers a layer reads for each that it gives; one size is that of all."""
    window: object = getattr(layer, "kernel_size", 1)
    if isinstance(window, int):
        return math.prod([window] * max(1, output.dim() - 2))
    sizes = window if isinstance(window, tuple) else ()
    return math.prod(int(size) for size in sizes)


def _layer(network: Lifted, step: Step) -> nn.Module | None:
    return None if step.module is None else network.get_submodule(step.module)


def _tensors(step: Step, values: Mapping[str, Any]) -> list[Tensor]:
    found = (values[ref.name] for ref in references(step))
    return [tensor for value in found for tensor in _flat(value)]


def _flat(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [tensor for part in value for tensor in _flat(part)]
    return []
