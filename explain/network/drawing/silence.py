"""Which layers' removed units carry nothing onwards: a 0 that stays 0 until the next layer."""

from collections.abc import Mapping

from torch import nn

from explain.core.network import Network, Step
from explain.network.graph import batch_norm_after, consumers, kind_of, prunable_layers

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
    and steps that move, add or scale values. LayerNorm, sigmoid or a comparison do not.
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
    seen: set[str] = set()
    while waiting:
        for step in followers.get(waiting.pop(), ()):
            if step.name in seen or step.operation == "output" or step.module in layers:
                continue
            if not _step_keeps_zero(network, step, norm):
                return False
            seen.add(step.name)
            waiting.append(step.name)
    return True


def _step_keeps_zero(network: Network, step: Step, norm: str | None) -> bool:
    if step.module is None:
        return step.operation in _KEEPS_ZERO or step.operation == "size"
    module = network.get_submodule(step.module)
    if step.module == norm:
        return isinstance(module.weight, nn.Parameter)
    return kind_of(module) == "pool" or _of_zero_is_zero(module)


def _of_zero_is_zero(module: nn.Module) -> bool:
    if isinstance(module, nn.Hardtanh):
        return module.min_val <= 0 <= module.max_val
    return isinstance(module, _ACTIVATIONS)
