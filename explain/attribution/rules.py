"""Which networks DeepLift and LRP have right rules for: an allow-list, the rest refused by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from explain.attribution.places import downstream_steps, entrance, no_gradient
from explain.core.messages import Message
from explain.core.network import Step
from explain.core.subject import Subject
from explain.network.graph import AVERAGE_POOLS, BATCH_NORMS, CONVOLUTIONS, MAX_POOLS
from explain.network.operations import MOVEMENT
from explain.network.steps import references

Condition = Callable[[nn.Module], bool]

_LINEAR = (nn.Linear, *CONVOLUTIONS, *BATCH_NORMS, *AVERAGE_POOLS)
_SUMS = frozenset(
    {"add", "add_scalar", "sub", "sub_scalar", "rsub", "neg", "mean", "sum", "to", "constant_pad"}
)
_SCALINGS = frozenset({"mul", "mul_scalar", "div", "div_scalar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PropagationRules:
    """What a method can carry backwards: layers, each with what must hold for it."""

    layers: Mapping[type[nn.Module], Condition]
    reused: bool
    """Whether a layer may run twice in one pass."""


def _always(_module: nn.Module) -> bool:
    return True


def _apart(module: nn.Module) -> bool:
    """Max-unpooling gives each input to one window, so windows must not overlap."""
    kernel, stride = _tuple(module.kernel_size), _tuple(module.stride)
    apart = all(k <= s for k, s in zip(kernel, stride, strict=True))
    plain = set(_tuple(module.padding)) == {0} and set(_tuple(module.dilation)) == {1}
    return apart and plain


def _tuple(value: object) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (int(str(value)),)


DEEPLIFT_RULES = PropagationRules(
    layers=MappingProxyType(
        {
            **dict.fromkeys(_LINEAR, _always),
            **dict.fromkeys((nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Sigmoid, nn.Tanh), _always),
            nn.Softplus: _always,
            **dict.fromkeys(MAX_POOLS, _apart),
        }
    ),
    reused=True,
)
"""Linear layers are exact; these activations have the rescale rule in Captum."""

LRP_RULES = PropagationRules(
    layers=MappingProxyType(dict.fromkeys((*_LINEAR, *MAX_POOLS, nn.ReLU, nn.Tanh), _always)),
    reused=False,
)
"""Layers that the epsilon rule fits, and activations that relevance passes as it is."""


def no_rule(subject: Subject, rules: PropagationRules) -> Message | None:
    """Return the first thing on the way from input to output that has no right rule, in words."""
    reason = no_gradient(subject)
    start = entrance(subject)
    if reason is not None or start is None:
        return reason
    steps = downstream_steps(subject.network, start)[1:]
    reached = {start, *(step.name for step in steps)}
    if not rules.reused and (twice := _repeated(steps)):
        return Message("attribution.no_rule_twice", layer=twice)
    return next((found for s in steps if (found := _missing(subject, s, reached, rules))), None)


def _missing(
    subject: Subject, step: Step, reached: set[str], rules: PropagationRules
) -> Message | None:
    if step.module is None:
        fine = step.operation == "output" or _is_linear(step, reached)
        name = step.operation
        return None if fine else Message("attribution.no_rule_operation", operation=name)
    module = subject.network.get_submodule(step.module)
    condition = rules.layers.get(type(module))
    if condition is not None and condition(module):
        return None
    return Message(
        "attribution.no_rule_layer" if condition is None else "attribution.no_rule_windows",
        kind=type(module).__name__,
        layer=step.module,
    )


def _is_linear(step: Step, reached: set[str]) -> bool:
    """Return whether a step is linear in the values that depend on the input."""
    if step.operation in MOVEMENT | _SUMS:
        return True
    if step.operation not in _SCALINGS:
        return False
    dependent = [ref.name in reached for ref in references(step)]
    return sum(dependent) == 1 and dependent[0] if step.operation == "div" else sum(dependent) == 1


def _repeated(steps: tuple[Step, ...]) -> str | None:
    names = [step.module for step in steps if step.module is not None]
    return next((name for name in names if names.count(name) > 1), None)
