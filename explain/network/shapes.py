"""Shapes and costs of all values, found by running the network without numbers.

Counted are the products inside linear, convolutional, recurrent and attention layers and matrix
products, one per multiplication and addition. Bias, norm, activation, pool and embedding count 0
by convention, also the element-wise products of gates (few, and not what pruning removes).
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.network import LayerInfo, Step
from explain.network.graph import CONVOLUTIONS, RECURRENT, TRANSPOSED, kind_of
from explain.network.lifted import Lifted
from explain.network.operations import Einsum, MatMul, ScaledDotProductAttention
from explain.network.rehearsal import rehearse
from explain.network.steps import references


def macs(module: nn.Module, inputs: Sequence[Tensor], output: Tensor) -> int:
    """Return the multiply-accumulates of one call; only the shapes of the tensors are read."""
    if isinstance(module, (MatMul, nn.Linear)):
        return output.numel() * inputs[0].shape[-1]
    if isinstance(module, CONVOLUTIONS):
        return _convolution(module, inputs[0], output)
    if isinstance(module, RECURRENT):
        return _recurrent(module, inputs[0])
    if isinstance(module, ScaledDotProductAttention):
        return _attention(*inputs[:3])
    return _einsum(module, inputs) if isinstance(module, Einsum) else 0


def _convolution(module: nn.Module, image: Tensor, output: Tensor) -> int:
    """Every weight meets each position once: of the output, or of the input when transposed."""
    weight = module.get_parameter("weight")
    places = image if isinstance(module, TRANSPOSED) else output
    return weight.numel() * math.prod(places.shape[2:]) * places.shape[0]


def _recurrent(module: nn.Module, sequence: Tensor) -> int:
    """Every weight is used once per row and time step."""
    weights = sum(p.numel() for n, p in module.named_parameters() if n.startswith("weight"))
    return weights * math.prod(sequence.shape[:-1])


def _attention(query: Tensor, key: Tensor, value: Tensor) -> int:
    """Scores q kᵀ and the weighted sum of the values."""
    length = key.shape[-2]
    return math.prod(query.shape[:-1]) * length * (query.shape[-1] + value.shape[-1])


def _einsum(module: Einsum, operands: Sequence[Tensor]) -> int:
    """One product per combination of all indices; those of an ellipsis are counted from its end."""
    terms = module.equation.split("->")[0].replace(" ", "").split(",")
    sizes: dict[str | int, int] = {}
    for term, operand in zip(terms, operands, strict=True):
        for index, size in zip(_indices(term, operand.dim()), operand.shape, strict=True):
            sizes[index] = max(sizes.get(index, 1), size)
    return math.prod(sizes.values())


def _indices(term: str, rank: int) -> list[str | int]:
    before, dots, after = term.partition("...")
    hidden = rank - len(before) - len(after)
    return [*before, *(range(-hidden, 0) if dots else ()), *after]


def weightless_run(network: Lifted, rows: int) -> dict[str, Any]:
    """Return every value for that many rows on the `meta` device: shapes and types, no numbers.

    A network of fixed size runs for its own number of rows. Raises what `rehearse` raises.
    """
    rows = network.piece or rows
    inputs = tuple(
        torch.empty((rows, *(step.shape or ())), dtype=dtype_of(step), device="meta")
        for step in network.steps
        if step.operation == "input"
    )
    return rehearse(network, inputs)


def with_shapes(
    network: Lifted, display: Callable[[str], str]
) -> tuple[tuple[Step, ...], tuple[LayerInfo, ...]]:
    """Return the steps with the output shape of one sample, and what each layer is and costs.

    A dimension that grows with the number of rows is the batch: dropped where it stands alone,
    divided by the number of rows where it is merged with another (heads, positions). In a network
    of fixed size it is the first dimension that can be so divided. A tied parameter counts once,
    at the first layer that has it.
    """
    one, two = weightless_run(network, 1), weightless_run(network, 2)
    steps = tuple(
        dataclasses.replace(
            step, shape=_sample_shape(one[step.name], two[step.name], network.piece)
        )
        for step in network.steps
    )
    seen: set[int] = set()
    layers = (step for step in network.steps if step.module is not None)
    return steps, tuple(_described(network, step, (one, two), display, seen) for step in layers)


def with_input_shapes(steps: Sequence[Step], shapes: Sequence[tuple[int, ...]]) -> tuple[Step, ...]:
    """Return the steps with the shape of one sample at each input, in the order of the inputs."""
    left = iter(shapes)
    return tuple(
        dataclasses.replace(step, shape=next(left)) if step.operation == "input" else step
        for step in steps
    )


def dtype_of(step: Step) -> torch.dtype:
    """Return the type of the values that an input step takes."""
    found = dict(step.keywords).get("dtype")
    return found if isinstance(found, torch.dtype) else torch.float32


def _described(
    network: Lifted,
    step: Step,
    runs: tuple[dict[str, Any], dict[str, Any]],
    display: Callable[[str], str],
    seen: set[int],
) -> LayerInfo:
    one, two = runs
    name = str(step.module)
    module = network.get_submodule(name)
    inputs = [ref.name for ref in references(step.arguments)]
    tensors = [one[i] for i in inputs if isinstance(one[i], Tensor)]
    output = _first_tensor(one[step.name])
    fresh = {id(p): p.numel() for p in module.parameters(recurse=False) if id(p) not in seen}
    seen |= set(fresh)
    return LayerInfo(
        name=name,
        display=display(name),
        kind=kind_of(module),
        input_shape=_sample_shape(one[inputs[0]], two[inputs[0]], network.piece) or (),
        output_shape=_sample_shape(output, _first_tensor(two[step.name]), network.piece) or (),
        rank=output.dim(),
        parameters=sum(fresh.values()),
        macs=macs(module, tensors, output) // (network.piece or 1),
    )


def _first_tensor(value: Any) -> Tensor:
    while isinstance(value, Sequence):
        value = value[0]
    found: Tensor = value
    return found


def _sample_shape(one: Any, two: Any, rows: int | None) -> tuple[int, ...] | None:
    if not isinstance(one, Tensor):
        return None
    if rows is not None:
        return _divided(tuple(one.shape), rows)
    if one.dim() != two.dim():
        raise RuntimeError(f"a value has {one.dim()} dimensions for 1 row, {two.dim()} for 2")
    pairs = zip(one.shape, two.shape, strict=True)
    return tuple(single for single, double in pairs if single == double or single != 1)


def _divided(shape: tuple[int, ...], rows: int) -> tuple[int, ...]:
    """Return the shape of one of so many rows: the batch dropped, or divided where it is merged."""
    axis = shape.index(rows) if rows in shape else None
    if axis is None:
        axis = next((at for at, size in enumerate(shape) if size and size % rows == 0), None)
        return shape if axis is None else (*shape[:axis], shape[axis] // rows, *shape[axis + 1 :])
    return shape[:axis] + shape[axis + 1 :]
