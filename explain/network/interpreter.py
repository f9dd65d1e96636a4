"""One step run: the only place where an operation meets its values."""

from collections.abc import Sequence
from typing import Any, Protocol

from torch import Tensor, nn

from explain.core.network import Step
from explain.network.filling import Values, filled
from explain.network.operations import OPERATIONS
from explain.network.pooling import run_layer


class Parts(Protocol):
    """The layers and tensors that steps name."""

    def get_submodule(self, target: str, /) -> nn.Module:
        """Return the layer of that dotted name."""
        ...

    def tensor(self, name: str, /) -> Tensor:
        """Return the parameter or buffer of that dotted name."""
        ...


def run_step(step: Step, network: Parts, values: Values, inputs: Sequence[Tensor] = ()) -> Any:
    """Return what a step gives, where `values` holds what the steps it refers to gave.

    Cost: the operation and about a microsecond.
    """
    if step.operation == "input":
        return inputs[int(str(step.arguments[0]))]
    if step.operation == "parameter":
        return network.tensor(str(step.arguments[0]))
    arguments, keywords = filled(step, values)
    if step.module is not None:
        return run_layer(network.get_submodule(step.module), *arguments)
    if step.operation == "output":
        return arguments[0]
    return OPERATIONS[step.operation](*arguments, **keywords)
