"""Networks that end in probabilities, without that end: criteria and explanations need logits."""

from torch import nn

from explain.core.network import Ref, Step
from explain.network import Lifted
from explain.network.operations import MOVEMENT
from explain.network.rewiring import rewired
from explain.network.steps import live, references

_HEADS = {nn.Softmax: "softmax", nn.Sigmoid: "sigmoid"}


def without_head(network: Lifted) -> tuple[tuple[Step, ...], str]:
    """Return the steps without a softmax or sigmoid at the end, and which it was.

    "softmax", "sigmoid", "pair" for a sigmoid and its complement, or "". The logits are those that
    the file's own last step takes, so decisions stay as they are. Only steps that move values may
    follow the head.
    """
    by_name = {step.name: step for step in network.steps}
    last = _before(network.steps[-1], by_name)
    # Joining is movement too, but of several values: only a pair of columns is looked into.
    while last.operation in MOVEMENT and last.operation != "cat":
        last = _before(last, by_name)
    if found := _kind(network, last):
        return _cut(network, last, references(last)[0]), found
    pair = _pair(network, last, by_name)
    if pair is not None:
        return _cut(network, last, references(pair)[0]), "pair"
    return network.steps, ""


def _before(step: Step, by_name: dict[str, Step]) -> Step:
    return by_name[references(step)[0].name]


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
    is_known = step.operation == "parameter"
    return is_known and bool((network.tensor(str(step.arguments[0])) == 1).all())


def _cut(network: Lifted, head: Step, before: Ref) -> tuple[Step, ...]:
    """Return the steps in which whatever read the head reads what stood before it."""
    return live(rewired(network.steps, lambda step: before if step == head else (step,)))
