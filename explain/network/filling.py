"""What references stand for: values while a network runs, other names while it is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from explain.core.network import Ref, Step
from explain.network.steps import references


class Values(Protocol):
    """Values by the names of the steps that gave them."""

    def __getitem__(self, name: str, /) -> Any:
        """Return the value that a step of this name left behind."""
        ...


def filled(step: Step, values: Values) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments and keywords of a step with the values of its references."""
    # Most arguments are references: asked here, not in a call for each, 3 % of a small network
    arguments = [
        values[argument.name] if type(argument) is Ref else resolved(argument, values)
        for argument in step.arguments
    ]
    if not step.keywords:
        return arguments, {}
    return arguments, {name: resolved(value, values) for name, value in step.keywords}


def resolved(argument: Any, values: Values) -> Any:
    """Return an argument, nested tuples as they are, with values in place of references."""
    if isinstance(argument, Ref):
        return values[argument.name]
    if isinstance(argument, tuple):
        return tuple(resolved(part, values) for part in argument)
    return argument


def routed(step: Step, names: Mapping[str, str]) -> Step:
    """Return a step whose references to a key of `names` go to its value."""
    refs = {ref.name: Ref(names.get(ref.name, ref.name)) for ref in references(step)}
    if names.keys().isdisjoint(refs):
        return step
    arguments, keywords = filled(step, refs)
    return replace(step, arguments=tuple(arguments), keywords=tuple(keywords.items()))


def renamed(steps: Sequence[Step], names: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps under new names, with the layers that they run and all references.

    `names`: old -> new, one to one; a name that is missing stays. The inverse undoes it.
    """
    return tuple(_renamed(routed(step, names), names) for step in steps)


def _renamed(step: Step, names: Mapping[str, str]) -> Step:
    if step.name not in names:
        return step
    own = step.module == step.name
    name = names[step.name]
    return replace(step, name=name, module=name if own else step.module)
