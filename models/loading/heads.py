"""Networks that end in probabilities, without that end: criteria and explanations need logits."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from explain.core.network import Ref, Step
from explain.network import Lifted
from explain.network.blueprint import build, describe
from explain.network.operations import MOVEMENT
from explain.network.steps import live, references
from models.loading.rewiring import replaced, rewired

__all__ = ["Headless", "without_head"]

_HEADS = {nn.Softmax: "softmax", nn.Sigmoid: "sigmoid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Headless:
    """A network that gives logits, and what was taken off its end.

    `head` "softmax" or "sigmoid" over the outputs, "pair" for a sigmoid and its complement as two
    columns (now one logit, of the second), "" where nothing was taken off.
    """

    network: Lifted
    head: str


def without_head(network: Lifted) -> Headless:
    """Return the network without a softmax or sigmoid at its end.

    The logits are those that the file's own last step takes, so decisions stay as they are.
    Only steps that move values may follow the head. Cost: a run without numbers.
    """
    by_name = {step.name: step for step in network.steps}
    last = _before(network.steps[-1], by_name)
    while last.operation in MOVEMENT and last.operation != "cat":
        last = _before(last, by_name)
    if found := _kind(network, last):
        return _cut(network, last, references(last.arguments)[0].name, found)
    pair = _pair(network, last, by_name)
    if pair is not None:
        return _cut(network, last, references(pair.arguments)[0].name, "pair")
    return Headless(network=network, head="")


def _before(step: Step, by_name: dict[str, Step]) -> Step:
    return by_name[references(step.arguments)[0].name]


def _kind(network: Lifted, step: Step) -> str:
    """Return which head a step is, "" for none; a softmax must be over the last dimension."""
    if step.module is None:
        return ""
    module = network.get_submodule(step.module)
    if isinstance(module, nn.Softmax) and module.dim not in {-1, len(step.shape or ())}:
        return ""
    return _HEADS.get(type(module), "")


def _pair(network: Lifted, step: Step, by_name: dict[str, Step]) -> Step | None:
    """Return the sigmoid s of a step that joins 1 - s and s."""
    parts = step.arguments[0] if step.operation == "cat" and step.arguments else ()
    if not isinstance(parts, tuple) or len(parts) != 2 or len(references(parts)) != 2:
        return None
    first, second = (by_name[ref.name] for ref in references(parts))
    if _kind(network, second) != "sigmoid" or step.shape != (2,):
        return None
    return second if _is_complement(network, first, second.name, by_name) else None


def _is_complement(network: Lifted, step: Step, name: str, by_name: dict[str, Step]) -> bool:
    if step.operation == "rsub":
        return step.arguments[:2] == (Ref(name), 1) and not step.keywords
    if step.operation != "sub" or len(step.arguments) != 2 or step.keywords:
        return False
    one, other = step.arguments
    return other == Ref(name) and _is_one(network, one, by_name)


def _is_one(network: Lifted, argument: object, by_name: dict[str, Step]) -> bool:
    if not isinstance(argument, Ref):
        return argument == 1
    step = by_name[argument.name]
    if step.operation != "parameter":
        return False
    known: dict[str, Tensor] = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    return bool((known[str(step.arguments[0])] == 1).all())


def _cut(network: Lifted, head: Step, before: str, found: str) -> Headless:
    steps: Sequence[Step] = rewired(network.steps, {head.name: before})
    kept = live([step for step in steps if step.name != head.name])
    return Headless(network=build(replaced(describe(network), kept)), head=found)
