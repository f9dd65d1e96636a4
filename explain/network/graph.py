"""Questions about who follows whom, answered from the steps alone."""

from collections import defaultdict
from collections.abc import Mapping

from torch import nn

from explain.core.network import Network, Step
from explain.network.kinds import BATCH_NORMS, PRUNABLE, kind_of
from explain.network.steps import references

__all__ = [
    "activation_after",
    "batch_norm_after",
    "columns",
    "consumers",
    "output_layers",
    "prunable_layers",
]


def prunable_layers(network: Network) -> tuple[str, ...]:
    """Return the layers whose weights pruning may touch, in execution order, tied ones too."""
    return tuple(
        step.module
        for step in network.steps
        if step.module is not None and _is_prunable(network, step)
    )


def batch_norm_after(network: Network) -> Mapping[str, str | None]:
    """Return for each prunable layer the BatchNorm that alone and directly takes its output."""
    following = consumers(network)
    return {
        layer: _sole_module(network, following[layer], BATCH_NORMS)
        for layer in prunable_layers(network)
    }


def activation_after(network: Network) -> Mapping[str, str]:
    """Return for each prunable layer the module whose output is what the layer's units say.

    That is the activation that alone takes its output, through its BatchNorm where it has one;
    without an activation the BatchNorm; without either the layer itself.
    """
    following, norms = consumers(network), batch_norm_after(network)
    found = {}
    for layer in prunable_layers(network):
        last = norms[layer] or layer
        found[layer] = _sole_activation(network, following[last]) or last
    return found


def output_layers(network: Network) -> frozenset[str]:
    """Return the prunable layers that reach the output without passing another prunable layer."""
    by_name = {step.name: step for step in network.steps}
    waiting, seen, found = [network.steps[-1].name], set[str](), set[str]()
    while waiting:
        step = by_name[waiting.pop()]
        if step.name in seen:
            continue
        seen.add(step.name)
        if step.module is not None and _is_prunable(network, step):
            found.add(step.module)
        else:
            waiting.extend(ref.name for ref in references((step.arguments, step.keywords)))
    return frozenset(found)


def columns(network: Network) -> Mapping[str, int]:
    """Return the depth of each prunable layer, from 0: the longest path of such layers to it."""
    depth: dict[str, int] = {}
    found: dict[str, int] = {}
    for step in network.steps:
        arguments = references((step.arguments, step.keywords))
        depth[step.name] = max((depth[ref.name] for ref in arguments), default=0)
        if step.module is not None and _is_prunable(network, step):
            found[step.module] = depth[step.name]
            depth[step.name] += 1
    return found


def _is_prunable(network: Network, step: Step) -> bool:
    return isinstance(network.get_submodule(str(step.module)), PRUNABLE)


def consumers(network: Network) -> Mapping[str, list[Step]]:
    """Return for each step the steps that take its value."""
    found: defaultdict[str, list[Step]] = defaultdict(list)
    for step in network.steps:
        for name in {ref.name for ref in references((step.arguments, step.keywords))}:
            found[name].append(step)
    return found


def _sole_module(
    network: Network, following: list[Step], types: tuple[type[nn.Module], ...]
) -> str | None:
    if len(following) != 1 or following[0].module is None:
        return None
    name = following[0].module
    return name if isinstance(network.get_submodule(name), types) else None


def _sole_activation(network: Network, following: list[Step]) -> str | None:
    name = _sole_module(network, following, (nn.Module,))
    return name if name and kind_of(network.get_submodule(name)) == "activation" else None
