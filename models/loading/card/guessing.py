"""What a network says by itself, as a card: so that a form asks only for what is unknown."""

import dataclasses
from typing import Any

import torch
from torch import nn

from explain.core.network import Network, Step
from explain.network import answering_module
from models.loading.card.model_card import Card, CardInput, Preprocess

_COLOURS = (1, 3, 4)
_CLASSES = 1_000
_TEXT_INPUTS = ("input_ids", "attention_mask")
_ENDS = {nn.Softmax: "probabilities", nn.Sigmoid: "probabilities"}


def guessed(network: Network) -> Card:
    """Return what inputs and outputs of a network tell.

    One number per input feature: a table; [channels, height, width] or the like: an image; integer
    ids: text, with a mask where there are two inputs; anything else with numbers: a series. The
    outputs give the number of classes, named "0", "1" ... One output stays open: a logit between
    two classes, or a value. Cost: none.
    """
    inputs = [step for step in network.steps if step.operation == "input"]
    outputs = _columns(network.steps[-1])
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
    if len(inputs) > 1:
        return ""
    return {1: "tabular", 2: "series", 3: "image"}.get(rank, "")


def _input(inputs: list[Step]) -> CardInput:
    shape = (inputs[0].shape or ()) if inputs and not _is_free(inputs[0]) else ()
    is_text = bool(inputs) and _modality(inputs) == "text" and len(inputs) <= len(_TEXT_INPUTS)
    return CardInput(
        names=_TEXT_INPUTS[: len(inputs)] if is_text else (),
        shape=shape,
        dtype=str(_type(inputs[0])).removeprefix("torch.") if inputs else "",
        layout=_layout(shape) if _modality(inputs) == "image" else "",
    )


def _is_free(step: Step) -> bool:
    """Return whether a size of a sample may vary, as the length of a text."""
    return any(low != high for low, high in _sizes(step))


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


def _output(network: Network, outputs: int) -> Any:
    last = answering_module(network)
    if outputs == 1:
        return "logit1" if isinstance(last, nn.Sigmoid) else ""
    return _ENDS.get(type(last), "logits")


def _columns(last: Step) -> int:
    """Return the number of outputs of one sample."""
    return torch.Size(last.shape or ()).numel()


def _type(step: Step) -> torch.dtype:
    found = dict(step.keywords).get("dtype")
    return found if isinstance(found, torch.dtype) else torch.float32
