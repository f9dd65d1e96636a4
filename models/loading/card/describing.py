"""Cards of what is there: of a network by what it says itself, of a subject, of a pruned one."""

import dataclasses
from dataclasses import replace
from typing import Any, Literal

import torch

from explain.core.messages import Message, say
from explain.core.network import Step
from explain.core.subject import Subject
from explain.network import Lifted, ending_of
from models.loading.card.model_card import Card, CardInput, Preprocess
from models.registry.record import Scale

_COLOURS = (1, 3, 4)
_CLASSES = 1_000
_TEXT_INPUTS = ("input_ids", "attention_mask")


def guessed(network: Lifted) -> Card:
    """Return what inputs and outputs of a network tell; of several inputs, the first.

    One number per input feature: a table; [channels, height, width] or the like: an image; integer
    ids: text, with a mask where a second input has their sizes; anything else: a series. The
    outputs give the number of classes, named "0", "1" ... One output stays open: a logit between
    two classes, or a value. Cost: a pass of a few rows.
    """
    inputs = [step for step in network.steps if step.operation == "input"]
    outputs = torch.Size(network.steps[-1].shape or ()).numel()
    return Card(
        modality=_modality(inputs),
        input=_input(inputs),
        preprocess=Preprocess(length=_longest(inputs) if _modality(inputs) == "text" else None),
        task="classification" if outputs > 1 else "",
        output=_output(network, outputs),
        labels=tuple(str(i) for i in range(outputs)) if 1 < outputs <= _CLASSES else (),
    )


def completed(card: Card, guess: Card) -> Card:
    """Return `card` with its unknown fields taken from `guess`."""
    found: Card = _merged(card, guess, Card())
    return found


def with_usual_scale(card: Card, scale: Scale | None) -> Card:
    """Return a card that says nothing of preparing pictures with the scale of a family.

    What was assumed is said in its warnings; a card that says anything of it is left as it is.
    """
    if scale is None or card.preprocess != Preprocess() or card.modality not in {"", "image"}:
        return card
    mean, std = scale
    said = Message("loading.card.usual_scale", mean=_plain(mean), std=_plain(std))
    prepared = Preprocess(mean=mean, std=std)
    return replace(card, preprocess=prepared, warnings=(*card.warnings, said))


def _plain(values: tuple[float, ...]) -> str:
    return str(list(values))


def unknown_fields(card: Card) -> tuple[str, ...]:
    """Return the paths of the fields that must be known before data can be read, in form order."""
    needed = {
        "modality": bool(card.modality),
        "input.shape": bool(card.input.shape) or card.modality == "text",
        "task": bool(card.task),
        "output": bool(card.output),
        "labels": bool(card.labels) or card.task == "regression" or card.output == "value",
        "preprocess.tokenizer": bool(card.preprocess.tokenizer) or card.modality != "text",
    }
    return tuple(path for path, known in needed.items() if not known)


def _merged(value: Any, guess: Any, empty: Any) -> Any:
    """Return a record whose empty fields come from another."""
    changes = {}
    for name in (f.name for f in dataclasses.fields(value)):
        mine, other, nothing = getattr(value, name), getattr(guess, name), getattr(empty, name)
        if dataclasses.is_dataclass(nothing) and not isinstance(nothing, type):
            changes[name] = _merged(mine, other, type(nothing)())
        elif mine == nothing:
            changes[name] = other
    return dataclasses.replace(value, **changes)


def _modality(inputs: list[Step]) -> Any:
    """Return what the inputs hold, by their type and rank; "" where it cannot be told."""
    if not inputs or inputs[0].shape is None:
        return ""
    rank = len(inputs[0].shape)
    if not _type(inputs[0]).is_floating_point:
        return "text" if rank == 1 else ""
    return {1: "tabular", 2: "series", 3: "image"}.get(rank, "")


def _input(inputs: list[Step]) -> CardInput:
    # The size of a sample may vary, as the length of a text: then there is no shape.
    is_fixed = bool(inputs) and all(low == high for low, high in _sizes(inputs[0]))
    shape = (inputs[0].shape or ()) if is_fixed else ()
    is_text = bool(inputs) and _modality(inputs) == "text"
    with_mask = len(inputs) == len(_TEXT_INPUTS) and _sizes(inputs[0]) == _sizes(inputs[1])
    return CardInput(
        names=_TEXT_INPUTS[: 1 + with_mask] if is_text else (),
        shape=shape,
        dtype=str(_type(inputs[0])).removeprefix("torch.") if inputs else "",
        layout=_layout(shape) if _modality(inputs) == "image" else "",
    )


def _longest(inputs: list[Step]) -> int | None:
    """Return how many tokens a text may have, None where nothing says."""
    sizes = _sizes(inputs[0])
    return sizes[0][1] if sizes else None


def _sizes(step: Step) -> tuple[tuple[int, int | None], ...]:
    found: tuple[tuple[int, int | None], ...] = dict(step.keywords).get("sizes", ())  # type: ignore[assignment]
    return found[1:]


def _layout(shape: tuple[int, ...]) -> Any:
    """Return where the colours stand; first where both ends could be colours."""
    last = shape[-1] in _COLOURS and shape[0] not in _COLOURS
    return "NHWC" if last else "NCHW"


def _output(network: Lifted, outputs: int) -> Any:
    head = ending_of(network)
    if outputs == 1:
        return "" if head is None else "logit1"
    return "logits" if head is None or head.kind == "log-softmax" else "probabilities"


def _type(step: Step) -> torch.dtype:
    found = dict(step.keywords).get("dtype")
    return found if isinstance(found, torch.dtype) else torch.float32


_MODALITIES: dict[str, Literal["tabular", "image", "text", "series"]] = {
    "table": "tabular",
    "image": "image",
    "text": "text",
    "array": "series",
}
_OUTPUTS: dict[str, Literal["logits", "logit1", "multilabel", "value"]] = {
    "classification": "logits",
    "binary": "logit1",
    "multilabel": "multilabel",
    "regression": "value",
}
_TASKS: dict[str, Literal["classification", "multilabel", "regression"]] = {
    "multilabel": "multilabel",
    "regression": "regression",
}


def card_of(subject: Subject) -> Card:
    """Return the card of a subject: what its outputs mean and what goes in.

    How raw values were prepared before they reached the subject is not known to it; a note says
    so.
    """
    spec, task, card = subject.spec, subject.task, subject.card
    done = subject.pruned_by
    pruned = (say("loading.card.pruned", how=done),) if done else ()
    return Card(
        title=card.title,
        task=_TASKS.get(task.kind, "classification"),
        modality=_MODALITIES[spec.kind],
        input=CardInput(
            names=spec.inputs if len(spec.inputs) > 1 else (),
            shape=() if spec.kind == "text" else spec.shape,
            layout="NCHW" if spec.kind == "image" else "",
            features=spec.names if spec.kind == "table" else (),
            questions=spec.questions,
        ),
        labels=task.classes,
        output=_OUTPUTS[task.kind],
        target=task.target,
        metric=task.metric,
        cut=task.cut if task.kind == "binary" else None,
        tolerance=task.tolerance or None,
        purpose=card.purpose,
        not_for=card.not_for,
        source=card.source,
        authors=card.authors,
        licence=card.licence,
        limits=card.limits,
        notes=(*map(str, card.notes), say("loading.card.prepared"), *pruned),
    )


def own_card(subject: Subject, given: Card | None = None) -> Card:
    """Return the card of a subject's network, a pruned one's with what was done to it.

    `given` is the card that the network came with: preprocessing, columns and words stay. Without
    it values are taken as they stand in the samples. What reading changed (a softmax taken off,
    other outputs left out, inputs held, colours put first) is told as it is now.
    """
    now = card_of(subject)
    if given is None:
        return now
    done = tuple(say("loading.card.pruned", how=one) for one in subject.pruned_by.splitlines())
    card = completed(given, now)
    return replace(
        card,
        task=now.task,
        input=replace(
            card.input, names=now.input.names, shape=now.input.shape, layout=now.input.layout
        ),
        held={name: value for name, value in card.held.items() if name in now.input.names[1:]},
        labels=now.labels,
        output=now.output,
        output_name="",
        part="",
        cut=now.cut,
        architecture=None,
        notes=(*given.notes, *done),
        sha256="",
        warnings=(),
    )
