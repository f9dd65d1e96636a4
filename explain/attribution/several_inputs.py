"""Which of several inputs is explained: it is put first, the others keep the sample's values."""

from dataclasses import replace
from typing import cast

from explain.core.errors import InvalidOption
from explain.core.subject import Samples, Subject
from explain.network import with_steps
from explain.network.lifted import Lifted


def starting_with(subject: Subject, place: int) -> Subject:
    """Return the subject with its input at `place` and its first in each other's place.

    Raises:
        InvalidOption: there is no such input.
    """
    count = len(subject.samples.inputs)
    if not 0 <= place < count:
        raise InvalidOption("attribution.no_input", place=place, last=count - 1)
    if place == 0:
        return subject
    network = cast("Lifted", subject.network)
    entries = [step for step in network.steps if step.operation == "input"]
    entries[0], entries[place] = entries[place], entries[0]
    first = [replace(step, arguments=(at,)) for at, step in enumerate(entries)]
    rest = [step for step in network.steps if step.operation != "input"]
    known = subject.calibration
    return replace(
        subject,
        network=with_steps(network, [*first, *rest]),
        samples=samples_with(subject.samples, place),
        calibration=None if known is None else samples_with(known, place),
    )


def samples_with(samples: Samples, place: int) -> Samples:
    """Return samples with the input at `place` and the first in each other's place."""
    inputs = list(samples.inputs)
    inputs[0], inputs[place] = inputs[place], inputs[0]
    return replace(samples, inputs=tuple(inputs))
