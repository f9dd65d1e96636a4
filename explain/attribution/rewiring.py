"""The same layers and tensors under another list of steps: what Captum is given to look at."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.network import Network, Ref, Step
from explain.network import UNIT_LAYERS, batch_norm_after
from explain.network.assembling import with_steps
from explain.network.graph import CONVOLUTIONS, MAX_POOLS, kind_of
from explain.network.lifted import Lifted
from explain.network.operations import FACTORIES, INTEGER, MOVEMENT, OPERATIONS
from explain.network.steps import filled, live, references, rewired

_AFFINE = (nn.Linear, nn.Identity, *CONVOLUTIONS)


class AddZero(nn.Module):
    """x + 0: a tensor of its own, so that hooks on both sides of it do not meet on one."""

    def __init__(self) -> None:
        from captum.attr._utils.lrp_rules import EpsilonRule

        super().__init__()
        self.rule = EpsilonRule()
        """How LRP passes relevance through: R · x / (x + 1e-9), as it came."""

    def forward(self, value: Tensor) -> Tensor:
        """Return the value, bit for bit but for the sign of zero."""
        return value + 0


class Operation(nn.Module):
    """A function of the allow-list as a module: tensors come in, all else is fixed."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self._function: Callable[..., Any] = OPERATIONS[step.operation]
        self._step = step
        self._names = _read_by(step)

    def forward(self, *values: Any) -> Any:
        """Return what the step returns for the values it refers to, each given once."""
        arguments, keywords = filled(self._step, dict(zip(self._names, values, strict=True)))
        return self._function(*arguments, **keywords)


def with_isolated_activations(network: Lifted) -> Lifted:
    """Return a private copy with `AddZero` before and after each activation and max pool.

    Captum 0.9 hooks the tensors, not the modules: where the output of one non-linearity is the
    input of the next, or an input is used twice, DeepLift's and LRP's hooks overwrite each other
    (captum issue 1104). The outputs are the same bits. Cost: no pass through the network.
    """
    added: dict[str, nn.Module] = {}

    def zero(to: Ref) -> Step:
        name = f"zero:{len(added)}"
        added[name] = AddZero()
        return Step(name=name, operation="module", module=name, arguments=(to,))

    def apart(step: Step) -> Sequence[Step]:
        if not _is_non_linear(network, step):
            return (step,)
        before = [zero(ref) for ref in references(step.arguments)]
        own = replace(step, arguments=tuple(Ref(first.name) for first in before))
        return (*before, own, zero(Ref(step.name)))

    return with_steps(network, rewired(network.steps, apart), modules=added)


def operations_as_modules(network: Lifted) -> Lifted:
    """Return a private copy in which functions that compute are modules, for rules per module.

    Steps that only move values, or work on or with sizes alone, stay as they are.
    """
    added: dict[str, nn.Module] = {}

    def as_module(step: Step) -> Sequence[Step]:
        if step.operation not in OPERATIONS or step.operation in MOVEMENT | INTEGER | FACTORIES:
            return (step,)
        name = f"operation:{len(added)}"
        added[name] = Operation(step)
        inputs = tuple(map(Ref, _read_by(step)))
        return (replace(step, operation="module", module=name, arguments=inputs, keywords=()),)

    return with_steps(network, rewired(network.steps, as_module), modules=added)


def starting_at(network: Lifted, name: str) -> Lifted:
    """Return a private copy whose first input is the value of a step; its own inputs follow."""
    return with_steps(network, live([_moved(step, name) for step in network.steps]))


def ending_at(network: Lifted, name: str) -> Lifted:
    """Return a private copy that takes the same inputs and puts out the value of a step."""
    last = next(at for at, step in enumerate(network.steps) if step.name == name)
    later = [step for step in network.steps[last + 1 :] if step.operation == "input"]
    return with_steps(network, live([*later, *network.steps[: last + 1]]))


def pooling_first(network: Lifted) -> Lifted:
    """Return a private copy in which a max pool runs before the ReLU that it alone reads.

    The same values and the same gradients, bit for bit: ReLU keeps the order of numbers, and where
    it would make a tie at 0 no gradient passes. ReLU then sees only one number of each window.
    """
    steps = list(network.steps)
    for at, step in enumerate(steps):
        reader = _only_reader(network, step.name)
        if reader is not None and _is(network, step, nn.ReLU) and _is(network, reader, *MAX_POOLS):
            steps[at] = replace(step, module=reader.module, shape=reader.shape)
            steps[steps.index(reader)] = replace(reader, module=step.module)
    return with_steps(network, steps)


def straight_until(network: Lifted) -> str:
    """Return the last of the affine layers that follow the first input one by one.

    On a straight line of inputs the values of that step form a straight line. Each layer takes the
    value of the one before it, and nothing else does but the sizes. Without such layers it is the
    name of the input itself. Cost: no pass.
    """
    name = next(s.name for s in network.steps if s.operation == "input" and s.arguments == (0,))
    while (step := _only_reader(network, name)) is not None and _is(network, step, *_AFFINE):
        name = step.name
    return name


def _read_by(step: Step) -> tuple[str, ...]:
    """Return the names of the values that a step reads, each once."""
    return tuple(dict.fromkeys(ref.name for ref in references(step)))


def _only_reader(network: Lifted, name: str) -> Step | None:
    """Return the one step that reads a value, not counting those that read its size."""
    found = [
        step
        for step in network.steps
        if step.operation not in INTEGER and name in {ref.name for ref in references(step)}
    ]
    return found[0] if len(found) == 1 else None


def _is(network: Lifted, step: Step, *kinds: type[nn.Module]) -> bool:
    return step.module is not None and isinstance(network.get_submodule(step.module), kinds)


def _moved(step: Step, start: str) -> Step:
    """Return the step, an input one place later; the step to start at as the first input."""
    if step.name == start:
        sizes = ((0, None),) * (1 + len(step.shape or ()))
        keywords = (("dtype", torch.float32), ("sizes", sizes))
        return replace(step, operation="input", module=None, arguments=(0,), keywords=keywords)
    if step.operation == "input":
        return replace(step, arguments=(int(str(step.arguments[0])) + 1,))
    return step


def _is_non_linear(network: Lifted, step: Step) -> bool:
    if step.module is None:
        return False
    module = network.get_submodule(step.module)
    if isinstance(module, (AddZero, Operation)):
        return False
    return isinstance(module, MAX_POOLS) or kind_of(module) == "activation"


def foldings(network: Network) -> Mapping[str, str]:
    """Return convolution -> BatchNorm for each norm that can be part of the weights before it.

    Only where the norm has running statistics and takes the output of that convolution alone.
    """
    uses = Counter(step.module for step in network.steps)
    return {
        layer: norm
        for layer, norm in batch_norm_after(network).items()
        if norm is not None
        and uses[layer] == 1
        and isinstance(network.get_submodule(layer), UNIT_LAYERS[1:])
        and getattr(network.get_submodule(norm), "running_mean", None) is not None
    }


def fold(
    convolution: Mapping[str, Tensor], norm: Mapping[str, Tensor], epsilon: float
) -> tuple[Tensor, Tensor]:
    """Return the weight and the bias of a convolution that includes the norm after it.

    All tensors by their names in the modules; they may have one more dimension in front, the
    same for all: one network in each place. Equal up to the last places.
    """
    weight, mean = convolution["weight"], norm["running_mean"]
    scale = torch.rsqrt(norm["running_var"] + epsilon)
    if "weight" in norm:
        scale = scale * norm["weight"]
    bias = (convolution["bias"] - mean if "bias" in convolution else -mean) * scale
    if "bias" in norm:
        bias = bias + norm["bias"]
    return weight * scale.reshape(*scale.shape, *[1] * (weight.dim() - scale.dim())), bias
