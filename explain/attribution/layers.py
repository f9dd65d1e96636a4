"""Layers at which a method may look: convolutions, and cuts that everything passes."""

from collections.abc import Sequence

from torch import nn

from explain.attribution.entrance import downstream_steps, entrance
from explain.core.errors import InvalidOption
from explain.core.network import Network
from explain.core.parameters import Parameter
from explain.core.subject import Subject
from explain.network.graph import activation_after
from explain.network.kinds import kind_of
from explain.network.steps import last_uses, references

LAYER = Parameter(
    key="layer",
    title="Layer, from the output",
    line="Which layer to look at, counted back from the output: 1 is the last.",
    default=1,
    low=1,
    high=1000,
)
_CUT_KINDS = frozenset({"activation", "conv", "linear", "norm"})


def feature_layers(network: Network) -> tuple[str, ...]:
    """Return what puts out the feature maps of each 2-d convolution, in execution order.

    That is the activation after it where it has one of its own, with its BatchNorm in between.
    """
    found = [
        module
        for layer, module in activation_after(network).items()
        if isinstance(network.get_submodule(layer), nn.Conv2d) and _uses(network, module) == 1
    ]
    return tuple(dict.fromkeys(found))


def cuts(subject: Subject) -> tuple[str, ...]:
    """Return the layers that everything on the way to the output passes, in execution order.

    Layers of weights, norms and activations, each run once, but for the one that puts out the
    output itself: the conductances of a cut's units add up to what the output changes by.
    """
    start = entrance(subject)
    if start is None:
        return ()
    network = subject.network
    dependent = {step.name for step in downstream_steps(network, start)}
    found = [layer for layer in _alone(network, dependent) if _uses(network, layer) == 1]
    return tuple(found)


def layer_at(layers: Sequence[str], back: int) -> str:
    """Return the layer that stands so many places from the end.

    Raises:
        InvalidOption: there are fewer.
    """
    if back > len(layers):
        raise InvalidOption(
            "attribution.no_such_layer", back=back, count=len(layers), layers=list(layers[:10])
        )
    return layers[-back]


def _alone(network: Network, dependent: set[str]) -> list[str]:
    """Return the layers that run when no other value that depends on the input is needed later."""
    found: list[str] = []
    open_values: set[str] = set()
    answer = {ref.name for ref in references(network.steps[-1].arguments)}
    for step, ended in zip(network.steps, last_uses(network.steps), strict=True):
        open_values = (open_values | ({step.name} & dependent)) - set(ended)
        if step.module and open_values == {step.name} and step.name not in answer:
            found.append(step.module)
    return [layer for layer in found if kind_of(network.get_submodule(layer)) in _CUT_KINDS]


def _uses(network: Network, module: str) -> int:
    return sum(step.module == module for step in network.steps)
