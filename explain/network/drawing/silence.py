"""Which layers' removed units carry nothing onwards: a 0 that stays 0 until the next layer."""

from collections.abc import Iterable, Mapping

from torch import nn

from explain.core.network import Network, Step
from explain.network.graph import batch_norm_after, consumers, kind_of, prunable_layers
from explain.network.operations import ScaledDotProductAttention
from explain.network.steps import references

_KEEPS_ZERO = frozenset(
    [
        "abs",
        "add",
        "cat",
        "clone",
        "contiguous",
        "copy",
        "div_scalar",
        "expand",
        "flip",
        "mean",
        "mean_all",
        "mul",
        "mul_scalar",
        "neg",
        "pad",
        "permute",
        "relu",
        "reshape",
        "select",
        "slice",
        "split",
        "split_with_sizes",
        "sqrt",
        "square",
        "squeeze",
        "squeeze_dim",
        "squeeze_dims",
        "stack",
        "sub",
        "sum",
        "sum_all",
        "t",
        "to",
        "transpose",
        "unbind",
        "unsqueeze",
    ]
)
"""Steps that make 0 of 0 in each channel, whatever else they combine it with adds to it."""

_ACTIVATIONS = (
    nn.CELU,
    nn.Dropout,
    nn.ELU,
    nn.GELU,
    nn.Hardswish,
    nn.Identity,
    nn.LeakyReLU,
    nn.Mish,
    nn.PReLU,
    nn.ReLU,
    nn.SELU,
    nn.SiLU,
    nn.Tanh,
)
"""Activation functions with f(0) = 0, each place by itself."""


def silent_layers(network: Network) -> frozenset[str]:
    """Return the layers whose removed units (output exactly 0) give 0 to every later layer.

    Every way from the layer to the next prunable layers, or to the output, must keep 0: its own
    BatchNorm (whose scale and shift go with the unit), pools, activation functions with f(0) = 0,
    and steps that move, add or scale values. LayerNorm, sigmoid or a comparison do not. A way ends
    where the 0 is added to what others say (a residual sum), or is a part of queries and keys that
    others multiply: from there on it is nobody's constant, and adds nothing.
    """
    followers = consumers(network)
    norms = batch_norm_after(network)
    return frozenset(
        layer
        for layer in set(prunable_layers(network))
        if _keeps_zero(network, followers, layer, norms[layer])
    )


def _keeps_zero(
    network: Network, followers: Mapping[str, list[Step]], layer: str, norm: str | None
) -> bool:
    layers = set(prunable_layers(network))
    waiting = [step.name for step in network.steps if step.module == layer]
    behind, seen = _behind(waiting, followers), set[str]()
    while waiting:
        name = waiting.pop()
        for step in followers.get(name, ()):
            if step.name in seen or step.operation == "output" or step.module in layers:
                continue
            if _is_lost_in(network, step, name, behind):
                continue
            if not _step_keeps_zero(network, step, norm):
                return False
            seen.add(step.name)
            waiting.append(step.name)
    return True


def _behind(names: Iterable[str], followers: Mapping[str, list[Step]]) -> set[str]:
    """Return these steps and all that depend on them."""
    waiting, found = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(step.name for step in followers.get(name, ()))
    return found


def _is_lost_in(network: Network, step: Step, name: str, behind: set[str]) -> bool:
    """Return whether a 0 only adds nothing to what others say in a step."""
    others = [ref.name for ref in references(step) if ref.name != name]
    if step.module is not None:
        attends = isinstance(network.get_submodule(step.module), ScaledDotProductAttention)
        return attends and name not in {ref.name for ref in references(step)[2:]}
    handed = {one.name for one in network.steps if one.operation == "parameter"}
    return step.operation in {"add", "sub"} and any(n not in behind | handed for n in others)


def _step_keeps_zero(network: Network, step: Step, norm: str | None) -> bool:
    if step.module is None:
        return step.operation in _KEEPS_ZERO or step.operation == "size"
    module = network.get_submodule(step.module)
    if step.module == norm:
        return isinstance(module.weight, nn.Parameter)
    attends = isinstance(module, ScaledDotProductAttention)
    return attends or kind_of(module) == "pool" or _of_zero_is_zero(module)


def _of_zero_is_zero(module: nn.Module) -> bool:
    if isinstance(module, nn.Hardtanh):
        return module.min_val <= 0 <= module.max_val
    return isinstance(module, _ACTIVATIONS)
