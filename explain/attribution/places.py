"""Where explanations start (input or embedding), and the layers at which a method may look."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from explain.core.errors import InvalidOption, Refused
from explain.core.messages import Message
from explain.core.methods import Parameter
from explain.core.network import Network, Step
from explain.core.subject import Subject
from explain.network.graph import kind_of, maps_of
from explain.network.operations import INTEGER
from explain.network.slopes import slopes
from explain.network.steps import last_uses, references

LookUp = Callable[[Tensor], Tensor]
"""Turns ids [n, *parts] into numbers [n, *parts, width]."""

_CASTS = frozenset({"to", "copy", "clone", "contiguous"})


def has_ids(subject: Subject) -> bool:
    """Return whether the first input holds ids, on which no gradient can be taken."""
    return not subject.samples.inputs[0].is_floating_point()


def entrance(subject: Subject) -> str | None:
    """Return the step whose value is explained; None where there are ids and no single embedding.

    That is the first input where it holds numbers, else the one embedding that looks its ids up.
    """
    network = subject.network
    first = next(s for s in network.steps if s.operation == "input" and s.arguments == (0,))
    if not has_ids(subject):
        return first.name
    found = [step.name for step in _lookups(network, first.name)]
    return found[0] if len(found) == 1 else None


def no_entrance(subject: Subject) -> Message | None:
    """Return why nothing of this subject can be explained, or None."""
    return Message("attribution.no_embedding.says") if entrance(subject) is None else None


def no_gradient(subject: Subject) -> Message | None:
    """Return why gradients cannot explain this subject, or None.

    That is where some of what the network reads gets no gradient whatever the numbers are: each of
    its values would be exactly 0 and read as "no influence".
    """
    if (reason := no_entrance(subject)) is not None:
        return reason
    start = str(entrance(subject))
    found = slopes(subject.network)
    if has_ids(subject):
        return None if start in found.layers else Message("attribution.no_slope", parts=[start])
    blocked = found.blocked[start].nonzero()[:, 0].tolist()
    if not blocked:
        return None
    names = subject.spec.names
    if len(names) != len(found.blocked[start]):
        return Message("attribution.no_slopes", count=len(blocked), n=len(found.blocked[start]))
    return Message("attribution.no_slope", parts=[names[at] for at in blocked[:_SHOWN]])


_SHOWN = 8


def look_up(subject: Subject) -> LookUp | None:
    """Return what looks the ids of a subject up, without gradients; None where it has no ids."""
    if not has_ids(subject):
        return None
    words = embedding(subject)

    def found(ids: Tensor) -> Tensor:
        with torch.no_grad():
            numbers: Tensor = words(ids)
        return numbers

    return found


def padding_id(subject: Subject) -> int:
    """Return the id of padding: the embedding's own, 0 where it names none."""
    found = embedding(subject).padding_idx
    return 0 if found is None else found


def embedding(subject: Subject) -> nn.Embedding:
    """Return the embedding that looks the ids of a subject up.

    Raises:
        Refused: there is not exactly one.
    """
    start = entrance(subject)
    name = next((step.module for step in subject.network.steps if step.name == start), None)
    found = None if name is None else subject.network.get_submodule(name)
    if not isinstance(found, nn.Embedding):
        raise Refused("attribution.no_embedding")
    return found


def downstream_steps(network: Network, start: str) -> tuple[Step, ...]:
    """Return the steps, in order, whose values depend on the value of `start`; it comes first."""
    reached = {start}
    found: list[Step] = []
    for step in network.steps:
        inputs = {ref.name for ref in references(step)}
        if step.name == start or (reached & inputs and step.operation not in INTEGER):
            reached.add(step.name)
            found.append(step)
    return tuple(found)


def _lookups(network: Network, ids: str) -> list[Step]:
    """Return the embeddings that look up an input as it is, or cast to another type."""
    same, found = {ids}, []
    for step in network.steps:
        if not same & {ref.name for ref in references(step.arguments)}:
            continue
        if step.operation in _CASTS:
            same.add(step.name)
        elif step.module and isinstance(network.get_submodule(step.module), nn.Embedding):
            found.append(step)
    return found


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

    That is the activation after it, with its BatchNorm or the sum of a residual block in between.
    """
    found = [
        module
        for layer, module in maps_of(network).items()
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
