"""Steps before and after a loaded network: colours, heads, splits, in one rewiring."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from explain.core.messages import Message
from explain.core.network import Ref, Step
from explain.core.subject import Samples
from explain.network import Ending, Lifted, ending_of, reassembled, steps_to_logits
from explain.network.steps import live, references, rewired
from models.loading.assembling.preprocessing import input_steps
from models.loading.card.model_card import Card

_TO_LAST = (0, 2, 3, 1)
_TO_FIRST = (0, 3, 1, 2)


def colours_first(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps whose one input is [n, colours, height, width] in place of colours last.

    The file's own first turn of the axes is taken away where it is exactly the other way round;
    else one step more turns the picture before the file's first. All numbers stay the same bits.
    """
    entry = Ref(next(step.name for step in steps if step.operation == "input"))
    last = Ref(f"{entry.name}:last")

    def change(step: Step) -> Ref | Sequence[Step]:
        if step.operation == "input":
            return (
                _first(step),
                Step(name=last.name, operation="permute", module=None, arguments=(entry, _TO_LAST)),
            )
        if step.operation == "permute" and step.arguments == (last, _TO_FIRST):
            return entry  # two turns that undo each other
        if step.operation == "size" and step.arguments == (last, 0):
            return (dataclasses.replace(step, arguments=(entry, 0)),)  # rows stay in front
        return (step,)

    return live(rewired(steps, change))


def _first(entry: Step) -> Step:
    """Return the input step with its sizes in the other order."""
    keywords: dict[str, Any] = dict(entry.keywords)
    rows, height, width, colours = keywords["sizes"]
    shape = entry.shape or ()
    return dataclasses.replace(
        entry,
        shape=(shape[2], shape[0], shape[1]),
        keywords=(("dtype", keywords["dtype"]), ("sizes", (rows, colours, height, width))),
    )


def without_head(network: Lifted) -> tuple[tuple[Step, ...], str]:
    """Return the steps without the probabilities at the end, and which they were.

    "softmax", "log-softmax", "sigmoid", "pair" for a sigmoid and its complement, or "". The logits
    are those that the file itself makes its probabilities of, so decisions stay as they are. Where
    no step of the file holds them ("shares" of a whole, "chances") they are the logarithms of what
    it gives.
    """
    head = ending_of(network)
    if head is None:
        return network.steps, ""
    if head.logits is not None:
        return steps_to_logits(network, head), head.kind
    return _as_logarithms(network.steps, head), _FROM_OUTPUTS[head.kind]


_FROM_OUTPUTS = {"softmax": "shares", "sigmoid": "chances"}
_TINY = 1e-12


def _as_logarithms(steps: Sequence[Step], head: Ending) -> tuple[Step, ...]:
    """Return steps that give log p of shares, log p - log (1 - p) of chances."""
    *before, last = steps
    held = _step("clamp", "logits:held", last.arguments[0], _TINY, 1 - _TINY)
    log = _step("log", "logits:log", Ref(held.name))
    found = [held, log]
    if head.kind == "sigmoid":
        rest = _step("rsub", "logits:rest", Ref(held.name), 1)
        other = _step("log", "logits:other", Ref(rest.name))
        found += [rest, other, _step("sub", "logits:odds", Ref(log.name), Ref(other.name))]
    return (*before, *found, dataclasses.replace(last, arguments=(Ref(found[-1].name),)))


def _step(operation: str, name: str, *arguments: object) -> Step:
    return Step(name=name, operation=operation, module=None, arguments=arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A network that gives logits, and what was taken off its end.

    `head`: as `without_head` says; a "pair" of columns is now one logit, of the second.
    """

    network: Lifted
    head: str


def arranged(network: Lifted, card: Card) -> Arranged:
    """Return the network without its head, and with colours first where the card says last.

    The answer of a regression stays as it is. An answer [n, k, 1, 1] becomes one row of k numbers.
    All change the list of steps alone; the network is put together once, and not at all where
    there is nothing to change. Cost: a run of a few rows, two without numbers.
    """
    value = card.task == "regression" or card.output == "value"
    steps, head = (network.steps, "") if value else without_head(network)
    steps = _in_a_row(steps)
    # Not before the network is built: the card may be completed by hand after it was looked at.
    is_picture = card.modality == "image" and len(input_steps(network)) == 1
    if is_picture and card.input.layout == "NHWC":
        steps = colours_first(steps)
    changed = steps != network.steps
    return Arranged(network=reassembled(network, steps) if changed else network, head=head)


def _in_a_row(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps whose answer has one dimension a row where all others have the size 1."""
    *before, last = steps
    shapes = {step.name: step.shape for step in before}
    shape = shapes[references(last)[0].name]
    if shape is None or len(shape) < 2 or math.prod(shape) != shape[0]:
        return steps
    flat = _step("reshape", "answer:flat", last.arguments[0], (-1, shape[0]))
    return (*before, flat, dataclasses.replace(last, arguments=(Ref(flat.name),)))


CALIBRATION = 512
"""At most so many rows serve criteria and repair."""
FEWEST = 20
"""Of fewer rows all are measured on."""
_SHARE = 4


def split_rows(
    samples: Samples, seed: int, learnt: Tensor | None = None
) -> tuple[Samples, Samples | None, Message]:
    """Return the rows that are measured on, those for calibration, and a sentence about both.

    A quarter of the rows, at most 512, chosen at random inside each class, in stored order. None
    where there are fewer than 20 rows. Where the file tells which rows the network has learnt from,
    none of them is measured on, and the rows for calibration, at most 512, are of them alone.
    """
    if learnt is not None:
        return _split_by_parts(samples, seed, learnt)
    if samples.count < FEWEST:
        return samples, None, Message("loading.assembling.all_measured", rows=samples.count)
    chosen = _chosen(samples, min(samples.count // _SHARE, CALIBRATION), seed)
    rest = torch.ones(samples.count, dtype=torch.bool)
    rest[chosen] = False
    grouped = _classes(samples) is not None
    said = Message(
        "loading.assembling.split_in_classes" if grouped else "loading.assembling.split",
        chosen=len(chosen),
        rows=samples.count,
        seed=seed,
        rest=int(rest.sum()),
    )
    return _where(samples, rest), samples.take(chosen.numpy()), said


def _split_by_parts(
    samples: Samples, seed: int, learnt: Tensor
) -> tuple[Samples, Samples, Message]:
    seen, rest = _where(samples, learnt), held_out(samples, learnt)
    chosen = _chosen(seen, min(seen.count, CALIBRATION), seed)
    said = Message(
        "loading.assembling.split_by_parts",
        chosen=len(chosen),
        learnt=seen.count,
        rest=rest.count,
    )
    return rest, seen.take(chosen.numpy()), said


def held_out(samples: Samples, learnt: Tensor | None) -> Samples:
    """Return the rows that the network has not learnt from; all where nobody tells."""
    return samples if learnt is None else _where(samples, ~learnt)


def learnt_rows(samples: Samples, learnt: Tensor | None) -> Samples | None:
    """Return the rows that the network has learnt from; None where nobody tells."""
    return None if learnt is None else _where(samples, learnt)


def _where(samples: Samples, wanted: Tensor) -> Samples:
    return samples.take(wanted.nonzero()[:, 0].numpy())


def _chosen(samples: Samples, count: int, seed: int) -> Tensor:
    """Return `count` row numbers, ascending: as many of every class as its share asks for."""
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(samples.count, generator=generator)
    classes = _classes(samples)
    if classes is not None:
        order = order[torch.argsort(classes[order], stable=True)]
        places = (torch.arange(count) + 0.5) * samples.count / count
        order = order[places.long()]
    return order[:count].sort().values


def _classes(samples: Samples) -> Tensor | None:
    targets = samples.targets
    if targets is None or targets.is_floating_point() or targets.dim() != 1:
        return None
    return targets
