"""Where explanations start: the input of a network, or the embedding where inputs are ids."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from explain.core.errors import Refused
from explain.core.messages import Message
from explain.core.network import Network, Step
from explain.core.subject import Subject
from explain.network.operations import INTEGER
from explain.network.steps import references

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
