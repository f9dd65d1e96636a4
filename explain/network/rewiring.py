"""Changes to a list of steps: inserted, replaced, taken away, with later steps following."""

from collections.abc import Callable, Iterable, Sequence

from explain.core.network import Ref, Step
from explain.network.filling import routed

Change = Callable[[Step], Ref | Sequence[Step]]


def rewired(steps: Iterable[Step], change: Change) -> tuple[Step, ...]:
    """Return the steps with each replaced by what `change` makes of it, in the same order.

    `change` is given a step that already reads what took the place of earlier ones. It returns

    - the steps that stand there now: later steps read the last of them, `(step,)` changes nothing;
    - or a reference: the step goes, and later steps read that earlier value instead.

    What nothing needs any more stays; `live` drops it.
    """
    names: dict[str, str] = {}
    found: list[Step] = []
    for step in steps:
        given = change(routed(step, names))  # routed first, so names never lead to names
        if isinstance(given, Ref):
            names[step.name] = given.name
            continue
        found.extend(given)
        if given[-1].name != step.name:
            names[step.name] = given[-1].name
    return tuple(found)
