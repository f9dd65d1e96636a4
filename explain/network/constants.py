"""What layers read that is the same for every sample: a run in which NaN stands for "not known"."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.network import Step
from explain.network.graph import UNIT_LAYERS, unit_axis
from explain.network.lifted import Lifted
from explain.network.shapes import dtype_of
from explain.network.steps import references, run_step

_HIDES = frozenset({"sign", "topk"})
"""Operations that make a number of what is not known."""

Reader = Callable[[str, nn.Module, Tensor], Tensor]


def follow(network: Lifted, read: Reader, *, inputs_known: bool = False) -> Tensor:
    """Run a network in which NaN stands for "not known"; return its output.

    What mixes known with unknown is not known, nor is what is counted or compared with it.

    Args:
        network: a private copy, which `read` may change as it goes.
        read: name, layer and what it reads -> what it puts out; asked for each layer of units.
        inputs_known: the inputs are 0; by default nothing is known of them.

    Cost: one forward pass of one row.
    """
    run = _Run(network=network, read=read, inputs_known=inputs_known)
    with torch.no_grad():
        for step in network.steps:
            run.take(step)
    output: Tensor = run.values[network.steps[-1].name]
    return output


def weightless_units(layer: nn.Module) -> Tensor:
    """Return which units of a layer [units] have lost every weight: they say one thing for ever."""
    return layer.get_parameter("weight").detach().flatten(1).eq(0).all(1)


def known_only(value: Tensor, layer: nn.Module, units: Tensor) -> Tensor:
    """Return what a layer puts out where only these units [units] are known."""
    shape = [1] * value.dim()
    shape[unit_axis(layer)] = -1
    return torch.where(units.reshape(shape), value, torch.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """`vague`: steps whose whole numbers or truths are not known, which NaN cannot say of them."""

    network: Lifted
    read: Reader
    inputs_known: bool
    values: dict[str, Any] = field(default_factory=dict)
    vague: set[str] = field(default_factory=set)

    def take(self, step: Step) -> None:
        """Find the value of the next step."""
        if step.operation == "input":
            size = (self.network.piece or 1, *(step.shape or ()))
            found = torch.zeros(size, dtype=dtype_of(step))
            self.values[step.name] = found if self.inputs_known else self._unknown(step, found)
            return
        given = [self.values[ref.name] for ref in references(step)]
        layer = None if step.module is None else self.network.get_submodule(step.module)
        if isinstance(layer, UNIT_LAYERS):
            self.values[step.name] = self.read(str(step.module), layer, given[0])
            return
        found = run_step(step, self.network, self.values)
        lost = step.operation in _HIDES or isinstance(layer, nn.Threshold) or not _is_real(found)
        vague = any(ref.name in self.vague for ref in references(step))
        if step.operation != "size" and (vague or (lost and any(map(_has_unknown, given)))):
            found = self._unknown(step, found)
        self.values[step.name] = found

    def _unknown(self, step: Step, found: Any) -> Any:
        if isinstance(found, Tensor) and found.is_floating_point():
            return torch.full_like(found, torch.nan)
        self.vague.add(step.name)
        return found


def _has_unknown(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(map(_has_unknown, value))
    return isinstance(value, Tensor) and bool(value.isnan().any())


def _is_real(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_real, value))
    return isinstance(value, Tensor) and value.is_floating_point()
