"""Which of several inputs is explained: it is put first, the others keep the sample's values."""

from dataclasses import replace
from typing import cast

from explain.attribution.places import entrance
from explain.core.errors import InvalidOption, Refused
from explain.core.subject import Samples, Subject
from explain.network import reordered
from explain.network.lifted import Lifted


def explainable_inputs(subject: Subject) -> tuple[int, ...]:
    """Return the places of the inputs that can be explained: no padding mask is among them.

    Those that hold numbers, and ids that a single embedding looks up.
    """
    places = range(len(subject.samples.inputs))
    return tuple(at for at in places if entrance(starting_with(subject, at)) is not None)


def input_to_explain(subject: Subject, place: int | None) -> int:
    """Return the place that was asked for, or else the only one that can be explained.

    Of a network from a file it is the first: which is varied was said when it was read.

    Raises:
        Refused: nothing was asked for, and several can be explained.
    """
    if place is not None or subject.spec.inputs:
        return place or 0
    if len(found := explainable_inputs(subject)) > 1:
        raise Refused("attribution.several_inputs", places=list(found))
    return 0


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
    order = list(range(count))
    order[0], order[place] = place, 0
    known = subject.calibration
    return replace(
        subject,
        network=reordered(network, order),
        samples=samples_with(subject.samples, place),
        calibration=None if known is None else samples_with(known, place),
    )


def samples_with(samples: Samples, place: int) -> Samples:
    """Return samples with the input at `place` and the first in each other's place."""
    inputs = list(samples.inputs)
    inputs[0], inputs[place] = inputs[place], inputs[0]
    return replace(samples, inputs=tuple(inputs))
