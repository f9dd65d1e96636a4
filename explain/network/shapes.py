"""Shapes and costs of all values, found by running the network without numbers."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from explain.core.network import LayerInfo, Step
from explain.network.costs import macs
from explain.network.kinds import kind_of
from explain.network.lifted import Lifted
from explain.network.rehearsal import rehearse
from explain.network.steps import references

__all__ = ["described", "weightless_run"]


def weightless_run(network: Lifted, rows: int) -> dict[str, Any]:
    """Return every value for that many rows on the `meta` device: shapes and types, no numbers.

    Raises what `rehearse` raises.
    """
    inputs = tuple(
        torch.empty((rows, *(step.shape or ())), dtype=dtype_of(step), device="meta")
        for step in network.steps
        if step.operation == "input"
    )
    return rehearse(network, inputs)


def described(
    network: Lifted, display: Callable[[str], str]
) -> tuple[tuple[Step, ...], tuple[LayerInfo, ...]]:
    """Return the steps with the output shape of one sample, and what each layer is and costs.

    A dimension that grows with the number of rows is the batch: dropped where it stands alone,
    divided by the number of rows where it is merged with another (heads, positions). A tied
    parameter counts once, at the first layer that has it.
    """
    runs = weightless_run(network, 1), weightless_run(network, 2)
    steps = tuple(
        dataclasses.replace(step, shape=_sample_shape(*(run[step.name] for run in runs)))
        for step in network.steps
    )
    seen: set[int] = set()
    layers = (step for step in network.steps if step.module is not None)
    return steps, tuple(_described(network, step, runs, display, seen) for step in layers)


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
        input_shape=_sample_shape(one[inputs[0]], two[inputs[0]]) or (),
        output_shape=_sample_shape(output, _first_tensor(two[step.name])) or (),
        parameters=sum(fresh.values()),
        macs=macs(module, tensors, output),
    )


def _first_tensor(value: Any) -> Tensor:
    while isinstance(value, Sequence):
        value = value[0]
    found: Tensor = value
    return found


def _sample_shape(one: Any, two: Any) -> tuple[int, ...] | None:
    if not isinstance(one, Tensor):
        return None
    pairs = zip(one.shape, two.shape, strict=True)
    return tuple(single for single, double in pairs if single == double or single != 1)
