"""The algebra of steps: read, filled, renamed, rewired, and one of them run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network.operations import OPERATIONS


def references(argument: object) -> tuple[Ref, ...]:
    """Return all references of a step, or inside nested tuples, in order."""
    if isinstance(argument, Ref):
        return (argument,)
    if isinstance(argument, Step):
        return references((argument.arguments, argument.keywords))
    if isinstance(argument, tuple):
        return tuple(found for part in argument for found in references(part))
    return ()


def last_uses(steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Return for each step the values that nothing after it needs, its own among them."""
    last = {step.name: place for place, step in enumerate(steps)}
    for place, step in enumerate(steps):
        last |= {ref.name: place for ref in references(step)}
    if steps:
        last[steps[-1].name] = len(steps)  # the output is read by whoever runs the network
    frees: list[list[str]] = [[] for _ in range(len(steps) + 1)]
    for name, place in last.items():
        frees[place].append(name)
    return tuple(map(tuple, frees[:-1]))


def live(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps that the last one depends on, and the inputs."""
    wanted = {steps[-1].name} if steps else set()
    kept: list[Step] = []
    for step in reversed(steps):
        if step.name in wanted or step.operation == "input":
            kept.append(step)
            wanted |= {ref.name for ref in references(step)}
    return tuple(reversed(kept))


class Values(Protocol):
    """Values by the names of the steps that gave them."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the value that a step of this name left behind."""
        ...


def filled(step: Step, values: Values) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments and keywords of a step with the values of its references."""
    # Most arguments are references: asked here, not in a call for each, 3 % of a small network
    arguments = [
        values[argument.name] if type(argument) is Ref else resolved(argument, values)
        for argument in step.arguments
    ]
    if not step.keywords:
        return arguments, {}
    return arguments, {name: resolved(value, values) for name, value in step.keywords}


def resolved(argument: Any, values: Values) -> Any:
    """Return an argument, nested tuples as they are, with values in place of references."""
    if isinstance(argument, Ref):
        return values[argument.name]
    if isinstance(argument, tuple):
        return tuple(resolved(part, values) for part in argument)
    return argument


def routed(step: Step, names: Mapping[str, str]) -> Step:
    """Return a step whose references to a key of `names` go to its value."""
    refs = {ref.name: Ref(names.get(ref.name, ref.name)) for ref in references(step)}
    if names.keys().isdisjoint(refs):
        return step
    arguments, keywords = filled(step, refs)
    return replace(step, arguments=tuple(arguments), keywords=tuple(keywords.items()))


def renamed(steps: Sequence[Step], names: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps under new names, with the layers that they run and all references.

    `names`: old -> new, one to one; a name that is missing stays. The inverse undoes it.
    """
    return tuple(_renamed(routed(step, names), names) for step in steps)


def _renamed(step: Step, names: Mapping[str, str]) -> Step:
    if step.name not in names:
        return step
    own = step.module == step.name
    name = names[step.name]
    return replace(step, name=name, module=name if own else step.module)


Change = Callable[[Step], Ref | Sequence[Step]]


def rewired(steps: Iterable[Step], change: Change) -> tuple[Step, ...]:
    """Return the steps with each replaced by what `change` makes of it, in the same order.

    `change` is given a step that already reads what took the place of earlier ones. It returns

    - the steps that stand there now: later steps read the last of them, `(step,)` changes nothing;
    - or a reference: the step goes, and later steps read that earlier value instead.

    What nothing needs any more stays; `live` drops it.
    """
    names: dict[str, str] = {}
    found: list[Step] = []
    for step in steps:
        given = change(routed(step, names))  # routed first, so names never lead to names
        if isinstance(given, Ref):
            names[step.name] = given.name
            continue
        found.extend(given)
        if given[-1].name != step.name:
            names[step.name] = given[-1].name
    return tuple(found)


def empty_results(layer: nn.RNNBase, sequence: Tensor) -> Any:
    """Return the output and the last states of a layer as tensors without numbers.

    `sequence` [length, batch, features], or batch first where the layer wants it so, on "meta".
    torch's own run there takes 20 ms a step, this one nothing.

    Raises:
        RuntimeError: the sequence has another number of features or dimensions.
    """
    if sequence.dim() != 3 or sequence.shape[-1] != layer.input_size:
        raise RuntimeError(
            f"a recurrent layer for {layer.input_size} features was given {tuple(sequence.shape)}"
        )
    directions = 2 if layer.bidirectional else 1
    rows = sequence.shape[0 if layer.batch_first else 1]
    width = layer.proj_size or layer.hidden_size
    output = _empty(sequence, (*sequence.shape[:2], directions * width))
    state = _empty(sequence, (directions * layer.num_layers, rows, width))
    if not isinstance(layer, nn.LSTM):
        return output, state
    return output, (state, _empty(sequence, (*state.shape[:2], layer.hidden_size)))


def _empty(like: Tensor, shape: tuple[int, ...]) -> Tensor:
    return torch.empty(shape, dtype=like.dtype, device="meta")


def run_layer(module: nn.Module, *arguments: Any) -> Any:
    """Return `module(*arguments)`, a max pool whose windows tile its input the fast way.

    Bit for bit the same: torch's own kernel for contiguous pictures also looks for the places of
    the largest values, which only gradients need. With gradients, hooks on the layer, or windows
    that overlap or leave a rest, the module itself runs. Measured on [128, 12, 48, 48] with
    windows of 2: 1.4 ms in place of 19 ms. Without numbers recurrent layers, activations and
    norms of batches say their shapes alone: torch takes milliseconds for some, and a file may have
    thousands.
    """
    if isinstance(arguments[0], Tensor) and arguments[0].is_meta:
        if isinstance(module, nn.RNNBase):
            return empty_results(module, arguments[0])
        if _keeps_its_shape(module, arguments[0]):
            return torch.empty_like(arguments[0])
    window = _window(module, *arguments)
    return module(*arguments) if window is None else _largest(arguments[0], window)


def _keeps_its_shape(module: nn.Module, value: Tensor) -> bool:
    """Return whether a layer gives for this value one of the same shape and type."""
    if not value.is_floating_point() or _is_heard(module):
        return False
    if type(module) in _NORMS:
        fits = value.dim() in _NORMS[type(module)] and value.shape[1] == module.num_features
        return fits and not module.training
    return type(module) in _ACTIVATIONS


_ACTIVATIONS = frozenset(
    {
        *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Mish, nn.Hardswish),
        *(nn.Hardsigmoid, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Identity, nn.Dropout),
    }
)
_NORMS: Mapping[type[nn.Module], tuple[int, ...]] = {
    nn.BatchNorm1d: (2, 3),
    nn.BatchNorm2d: (4,),
    nn.BatchNorm3d: (5,),
}
"""Norm of a batch -> the dimensions that its values may have."""


def _window(module: nn.Module, *arguments: Any) -> tuple[int, int] | None:
    """Return the window of a 2-d max pool that tiles its input and that nobody listens to."""
    if type(module) is not nn.MaxPool2d or torch.is_grad_enabled() or _is_heard(module):
        return None
    window, stride, padding, dilation = (
        (size, size) if isinstance(size, int) else tuple(size)
        for size in (module.kernel_size, module.stride, module.padding, module.dilation)
    )
    value: Tensor = arguments[0]
    if value.dim() < 3 or value.shape[-2] % window[0] or value.shape[-1] % window[1]:
        return None
    plain = stride == window and padding == (0, 0) and dilation == (1, 1)
    return (window[0], window[1]) if plain and not module.return_indices else None


def _is_heard(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)  # noqa: SLF001 - torch has no question for it


def _largest(value: Tensor, window: tuple[int, int]) -> Tensor:
    high, wide = window
    rows = reduce(torch.maximum, [value[..., at::high, :] for at in range(high)])
    return reduce(torch.maximum, [rows[..., at::wide] for at in range(wide)])


class Parts(Protocol):
    """The layers and tensors that steps name."""

    def get_submodule(self, target: str, /) -> nn.Module:
        """Return the layer of that dotted name."""
        ...

    def tensor(self, name: str, /) -> Tensor:
        """Return the parameter or buffer of that dotted name."""
        ...


class StepRunner(Protocol):
    """What runs one step: `run_step`, or what stands in for it."""

    def __call__(
        self, step: Step, network: Parts, values: Values, inputs: Sequence[Tensor], /
    ) -> Any:
        """Return what the step gives."""
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
