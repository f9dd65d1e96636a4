"""Reading a list of steps: who refers to whom, and until when."""

from collections.abc import Sequence

from explain.core.network import Ref, Step


def references(argument: object) -> tuple[Ref, ...]:
    """Return all references of a step, or inside nested tuples, in order."""
    if isinstance(argument, Ref):
        return (argument,)
    if isinstance(argument, Step):
        return references((argument.arguments, argument.keywords))
    if isinstance(argument, tuple):
        return tuple(found for part in argument for found in references(part))
    return ()


def last_uses(steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    """Return for each step the values that nothing after it needs, its own among them."""
    last = {step.name: place for place, step in enumerate(steps)}
    for place, step in enumerate(steps):
        last |= {ref.name: place for ref in references(step)}
    if steps:
        last[steps[-1].name] = len(steps)  # the output is read by whoever runs the network
    frees: list[list[str]] = [[] for _ in range(len(steps) + 1)]
    for name, place in last.items():
        frees[place].append(name)
    return tuple(map(tuple, frees[:-1]))


def live(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return the steps that the last one depends on, and the inputs."""
    wanted = {steps[-1].name} if steps else set()
    kept: list[Step] = []
    for step in reversed(steps):
        if step.name in wanted or step.operation == "input":
            kept.append(step)
            wanted |= {ref.name for ref in references(step)}
    return tuple(reversed(kept))
