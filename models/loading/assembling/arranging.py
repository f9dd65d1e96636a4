"""Steps before and after a loaded network: colours, heads, splits, in one rewiring."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explain.core.messages import Message
from explain.core.network import Ref, Step
from explain.core.subject import Samples
from explain.network import Lifted, reassembled
from explain.network.operations import MOVEMENT
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A network that gives logits, and what was taken off its end.

    `head` "softmax" or "sigmoid" over the outputs, "pair" for a sigmoid and its complement as two
    columns (now one logit, of the second), "" where nothing was taken off.
    """

    network: Lifted
    head: str


def arranged(network: Lifted, card: Card) -> Arranged:
    """Return the network without its head, and with colours first where the card says last.

    Both change the list of steps alone; the network is put together once, and not at all where
    there is nothing to change. Cost: two runs without numbers.
    """
    steps, head = without_head(network)
    # Not before the network is built: the card may be completed by hand after it was looked at.
    is_picture = card.modality == "image" and len(input_steps(network)) == 1
    if is_picture and card.input.layout == "NHWC":
        steps = colours_first(steps)
    changed = steps != network.steps
    return Arranged(network=reassembled(network, steps) if changed else network, head=head)


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
