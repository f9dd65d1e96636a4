"""severed_at: whether anything still gets from the inputs to the answer, and what stops it."""

import torch

from explain.core.network import Network, Step
from explain.network.graph import layer_of
from explain.network.steps import references


def severed_at(network: Network) -> tuple[str, ...]:
    """Return the layers that have lost every weight and through which all ways to the answer led.

    Empty where a way is left. A layer whose weights are all 0 says the same whatever it reads, so
    behind it the answer is the same for every sample; ways around it (a residual sum, say) count.
    Cost: one pass over the weights, no forward pass.
    """
    lost = _lost(network)
    reached: set[str] = set()
    stopped: list[str] = []
    for step in network.steps:
        if not _is_reached(step, reached):
            continue
        if step.module in lost:
            stopped.append(str(step.module))
        else:
            reached.add(step.name)
    return () if network.steps[-1].name in reached else tuple(dict.fromkeys(stopped))


def _is_reached(step: Step, reached: set[str]) -> bool:
    """Return whether a step's result depends on what the inputs hold, not on how many there are."""
    if step.operation == "size":
        return False
    return step.operation == "input" or any(ref.name in reached for ref in references(step))


def _lost(network: Network) -> frozenset[str]:
    """Return the layers of which every prunable weight is 0."""
    alive = {
        layer_of(name)
        for name in network.prunable
        if bool(torch.count_nonzero(network.get_parameter(name)))
    }
    return frozenset(layer_of(name) for name in network.prunable) - alive
